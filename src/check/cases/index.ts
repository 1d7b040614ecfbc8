/**
 * The table of named cases that the test suite and `lexel doctor` run against the GPU, with what the float64 oracle expects of each.
 *
 * Names: inputs are x, w, b, ... (recurrent ops: PyTorch's parameter names); the gradient of input `x` is `dx`, the cotangent of output `y`
 * is `dy`, always `d` + the name. Attributes are named as in the conformance format (trans_a, dim, keepdim, normalized_shape, ...), save that
 * `padding` gives each side.
 */
import { random, seedOf } from '../random.ts';
import { map, type NdArray } from '../reference/ndarray.ts';
import { conv2dCheck, maxpool2dCheck } from './conv2d.ts';
import { ctcChecks } from './ctc.ts';
import { binaryChecks, dropoutCheck, unaryChecks } from './elementwise.ts';
import { makeInputs } from './inputs.ts';
import {
  concatCheck,
  flipCheck,
  mapToSequenceCheck,
  permuteCheck,
  reshapeCheck,
  sliceCheck,
  stackCheck,
} from './layout.ts';
import { machineryChecks } from './machinery.ts';
import { linearCheck, matmulCheck } from './matmul.ts';
import { batchnorm2dCheck, layernormCheck } from './norm.ts';
import { optimizerChecks } from './optimizers.ts';
import { gruCellCheck, gruCheck, lstmCellCheck, lstmCheck } from './recurrent.ts';
import {
  argmaxCheck,
  crossEntropyCheck,
  embeddingCheck,
  logSoftmaxCheck,
  maxCheck,
  meanCheck,
  mseLossCheck,
  softmaxCheck,
  sumCheck,
} from './rows.ts';
import { isWhole } from './tolerance.ts';
import type { CheckCase, Expected, OpCheck, Tensors, Tolerance } from './types.ts';

export type { Attrs, AttrValue, CheckCase, Expected, InputKind, InputSpec, OpCheck, Tensors } from './types.ts';
export { makeInputs };

export const OP_CHECKS: readonly OpCheck[] = [
  matmulCheck,
  linearCheck,
  conv2dCheck,
  maxpool2dCheck,
  batchnorm2dCheck,
  layernormCheck,
  ...unaryChecks,
  ...binaryChecks,
  dropoutCheck,
  softmaxCheck,
  logSoftmaxCheck,
  sumCheck,
  meanCheck,
  maxCheck,
  argmaxCheck,
  permuteCheck,
  mapToSequenceCheck,
  sliceCheck,
  flipCheck,
  reshapeCheck,
  concatCheck,
  stackCheck,
  embeddingCheck,
  lstmCheck,
  gruCheck,
  lstmCellCheck,
  gruCellCheck,
  ...ctcChecks,
  mseLossCheck,
  crossEntropyCheck,
  ...optimizerChecks,
  ...machineryChecks,
];

export const CASES: readonly CheckCase[] = OP_CHECKS.flatMap((check) => check.cases);

/** Cases of one op, optionally only the quick ones. */
export function casesOf(op: string, { quick = false }: { quick?: boolean } = {}): readonly CheckCase[] {
  return CASES.filter((c) => c.op === op && (c.quick || !quick));
}

const BY_OP = new Map(OP_CHECKS.map((check) => [check.op, check]));

export function opCheck(op: string): OpCheck {
  const check = BY_OP.get(op);
  if (check === undefined) throw new RangeError(`no reference for op ${op}`);
  return check;
}

/** Upstream gradients, N(0, 1) and float32-representable (whole numbers where all inputs are whole), for every output that carries a gradient. */
function makeCotangents(c: CheckCase, check: OpCheck, outputs: Tensors): Record<string, NdArray> {
  const cotangents: Record<string, NdArray> = {};
  if (check.backward === undefined) return cotangents;
  const whole = isWhole(c);
  for (const name of check.differentiable) {
    if (outputs[name] === undefined) continue;
    const rng = random(seedOf(`${c.op}/${c.name}/d${name}`));
    cotangents[`d${name}`] = map(outputs[name], () =>
      whole ? Math.floor(8 * rng.uniform()) - 4 : Math.fround(rng.normal()),
    );
  }
  return cotangents;
}

/** What the op must give for these inputs: outputs, gradients under the returned cotangents, and how close is close enough. */
export function expected(c: CheckCase, inputs: Tensors): Expected {
  const check = opCheck(c.op);
  const outputs = check.forward(c, inputs);
  const cotangents = makeCotangents(c, check, outputs);
  const grads = check.backward?.(c, inputs, cotangents) ?? {};
  const all = check.tolerances({ case: c, inputs, outputs, cotangents, grads });
  const tol: Record<string, Tolerance> = {};
  for (const name of [...Object.keys(outputs), ...Object.keys(grads)]) {
    if (all[name] === undefined) throw new Error(`${c.op}/${c.name}: no tolerance for ${name}`);
    tol[name] = all[name];
  }
  return { outputs, grads, cotangents, tol };
}

/** The scalar whose gradient `expected` returns: the sum over outputs of sum(output * cotangent). */
export function projectedLoss(c: CheckCase, inputs: Tensors, cotangents: Tensors): number {
  const outputs = opCheck(c.op).forward(c, inputs);
  let loss = 0;
  for (const [name, cotangent] of Object.entries(cotangents)) {
    const output = outputs[name.slice(1)];
    for (let i = 0; i < cotangent.data.length; i++) loss += output.data[i] * cotangent.data[i];
  }
  return loss;
}
