/** What has a kernel but is no layer of its own: seeded dropout, folding, constants, gradients that meet. */
import { dropout, dropoutBackward, dropoutMask } from '../reference/dropout.ts';
import { foldBatchNorm } from '../reference/fold_batchnorm.ts';
import { half } from '../reference/half.ts';
import { full, map, type NdArray } from '../reference/ndarray.ts';
import { ELEMENTWISE, EXACT, peak, reduction } from './tolerance.ts';
import { type CheckCase, f32, type InputSpec, listAttr, numberAttr, type OpCheck, type Tensors } from './types.ts';

function seeded(name: string, shape: readonly number[], p: number, seed: number, step: number): CheckCase {
  return { op: 'dropout_seeded', name, attrs: { p, seed, step }, inputs: { x: f32(shape) }, quick: true };
}

function maskOf(c: CheckCase, x: NdArray): NdArray {
  return dropoutMask(x.shape, numberAttr(c, 'p'), numberAttr(c, 'seed'), numberAttr(c, 'step'));
}

const dropoutSeededCheck: OpCheck = {
  op: 'dropout_seeded',
  differentiable: ['y'],
  cases: [
    seeded('one', [1], 0.25, 1, 0),
    seeded('odd', [9, 33], 0.35, 7, 12),
    seeded('later_step', [1031], 0.5, 2 ** 32 - 1, 2 ** 31 + 5),
    seeded('mostly_dropped', [7, 41], 0.9, 3, 1),
  ],
  forward: (c, { x }) => ({ y: dropout(x, maskOf(c, x), numberAttr(c, 'p')) }),
  backward: (c, { x }, { dy }) => ({ dx: dropoutBackward(maskOf(c, x), dy, numberAttr(c, 'p')) }),
  tolerances: () => ({ y: ELEMENTWISE, dx: ELEMENTWISE }),
};

function fold(name: string, shape: readonly number[], bias: boolean, eps: number): CheckCase {
  const channel = (kind: InputSpec['kind'] = 'normal') => f32([shape[0]], kind);
  const inputs: Record<string, InputSpec> = {
    weight: f32(shape),
    gamma: channel(),
    beta: channel(),
    mean: channel(),
    variance: channel('positive'),
  };
  if (bias) inputs.bias = channel();
  return { op: 'fold_batchnorm', name, attrs: { eps }, inputs, quick: true };
}

function folded(c: CheckCase, { weight, bias, gamma, beta, mean, variance }: Tensors) {
  return foldBatchNorm({ weight, bias, gamma, beta, mean, variance }, numberAttr(c, 'eps'));
}

const foldCheck: OpCheck = {
  op: 'fold_batchnorm',
  differentiable: [],
  cases: [
    fold('one', [1, 1, 1, 1], true, 1e-5),
    fold('odd', [5, 3, 3, 3], true, 1e-3),
    fold('no_bias', [67, 2, 1, 1], false, 1e-5),
  ],
  forward: (c, inputs) => folded(c, inputs),
  tolerances({ inputs, outputs: { weight } }) {
    // A square root, a division and a few products: an operand of the sum may be larger than the sum.
    const { bias, mean, gamma, beta } = inputs;
    const size = (peak(bias) + peak(mean)) * peak(gamma) * 1.5 + peak(beta);
    return { weight: reduction(1, peak(weight)), bias: reduction(1, size) };
  },
};

function constant(name: string, shape: readonly number[], value: number): CheckCase {
  return { op: 'fill', name, attrs: { shape, value: Math.fround(value) }, inputs: {}, quick: true };
}

const fillCheck: OpCheck = {
  op: 'fill',
  differentiable: [],
  cases: [constant('scalar', [], 1), constant('odd', [3, 5, 7], -0.1), constant('empty', [0, 3], 2)],
  forward: (c) => ({ y: full(listAttr(c, 'shape'), numberAttr(c, 'value')) }),
  tolerances: () => ({ y: EXACT }),
};

function shared(name: string, shape: readonly number[]): CheckCase {
  return { op: 'accumulate', name, attrs: { graph: 'y = a*a + a' }, inputs: { a: f32(shape) }, quick: true };
}

/** One tensor that is three operands: its gradients meet and add up. */
const accumulateCheck: OpCheck = {
  op: 'accumulate',
  differentiable: ['y'],
  cases: [shared('one', [1]), shared('odd', [3, 5, 7]), shared('not_multiple_of_tile', [1031])],
  forward: (_, { a }) => ({ y: map(a, (v) => v * v + v) }),
  backward: (_, { a }, { dy }) => ({ da: map(a, (v, i) => (2 * v + 1) * dy.data[i]) }),
  tolerances: ({ inputs: { a }, cotangents: { dy } }) => ({
    y: reduction(2, peak(a) ** 2 + peak(a)),
    da: reduction(3, (2 * peak(a) + 1) * peak(dy)),
  }),
};

function stored(name: string, shape: readonly number[], scale = 1): CheckCase {
  return { op: 'half', name, attrs: {}, inputs: { x: f32(shape, 'normal', { scale }) }, quick: true };
}

/** Values in 16 bits. A tie may go either way, and what lies next to it is a unit of the eleventh bit away. */
const halfCheck: OpCheck = {
  op: 'half',
  differentiable: [],
  cases: [
    stored('one', [1]),
    stored('odd', [3, 5, 7]),
    stored('subnormal', [67], 1e-6),
    stored('beyond_the_largest', [67], 1e5),
  ],
  forward: (_, { x }) => ({ y: half(x) }),
  tolerances: () => ({ y: { atol: 2 ** -24, rtol: 2 ** -10 } }),
};

export const machineryChecks: readonly OpCheck[] = [
  dropoutSeededCheck,
  foldCheck,
  halfCheck,
  fillCheck,
  accumulateCheck,
];
