/**
 * The gradient of every op, in one table. Only `backward` looks in here: what does not train imports neither it nor the kernels
 * behind it, and a bundler leaves them out.
 */
import { batchnorm2d, batchnorm2dBackward } from './batchnorm2d.ts';
import { BINARY_OPS, binary, binaryBackward } from './binary.ts';
import { conv2d, conv2dBackward } from './conv2d.ts';
import { ctcBackward, ctcOp } from './ctc.ts';
import { dropout, dropoutBackward, dropoutGivenMask, dropoutGivenMaskBackward } from './dropout.ts';
import { embedding, embeddingBackward } from './embedding.ts';
import { gru, gruBackward } from './gru.ts';
import { layernorm, layernormBackward } from './layernorm.ts';
import * as layout from './layout.ts';
import { linear, linearBackward } from './linear.ts';
import { lstm, lstmBackward } from './lstm.ts';
import { matmul, matmulBackward } from './matmul.ts';
import { max, maxBackward } from './max.ts';
import { maxpool2d, maxpool2dBackward } from './maxpool2d.ts';
import { nll, nllBackward } from './nll.ts';
import type { Backward, Op } from './op.ts';
import { mean, meanBackward, sum, sumBackward } from './reduce.ts';
import { logSoftmax, logSoftmaxBackward, softmax, softmaxBackward } from './softmax.ts';
import { UNARY_KINDS, unary, unaryBackward } from './unary.ts';

type Row = readonly [Op<unknown>, Backward<unknown>];

/** One row: the types hold op and backward to the same attributes. */
function row<A>(op: Op<A>, backward: Backward<A>): Row {
  return [op as Op<unknown>, backward as Backward<unknown>];
}

function table(): ReadonlyMap<Op<unknown>, Backward<unknown>> {
  return new Map([
    row(batchnorm2d, batchnorm2dBackward),
    ...BINARY_OPS.map((kind) => row(binary[kind], binaryBackward[kind])),
    row(conv2d, conv2dBackward),
    row(ctcOp, ctcBackward),
    row(dropout, dropoutBackward),
    row(dropoutGivenMask, dropoutGivenMaskBackward),
    row(embedding, embeddingBackward),
    row(gru, gruBackward),
    row(layernorm, layernormBackward),
    row(layout.concat, layout.concatBackward),
    row(layout.flip, layout.flipBackward),
    row(layout.permute, layout.permuteBackward),
    row(layout.reshape, layout.reshapeBackward),
    row(layout.slice, layout.sliceBackward),
    row(linear, linearBackward),
    row(logSoftmax, logSoftmaxBackward),
    row(lstm, lstmBackward),
    row(matmul, matmulBackward),
    row(max, maxBackward),
    row(maxpool2d, maxpool2dBackward),
    row(mean, meanBackward),
    row(nll, nllBackward),
    row(softmax, softmaxBackward),
    row(sum, sumBackward),
    ...UNARY_KINDS.map((kind) => row(unary[kind], unaryBackward[kind])),
  ]);
}

let gradients: ReturnType<typeof table> | undefined;

/** The backward of an op; undefined where it has no gradient, and asking for one is an error that names it. */
export function backwardOf<A>(op: Op<A>): Backward<A> | undefined {
  gradients ??= table();
  return op.backward ?? (gradients.get(op as Op<unknown>) as Backward<A> | undefined);
}
