/** Ops that work along a dimension: softmax, reductions, look-ups and losses over classes. */
import { embedding, embeddingBackward } from '../reference/embedding.ts';
import { crossEntropy, crossEntropyBackward, mseLoss, mseLossBackward } from '../reference/losses.ts';
import { abs, map } from '../reference/ndarray.ts';
import * as reduce from '../reference/reduce.ts';
import { logSoftmax, logSoftmaxBackward, softmax, softmaxBackward } from '../reference/softmax.ts';
import { EXACT, peak, reduction, summation } from './tolerance.ts';
import {
  type CheckCase,
  f32,
  flagAttr,
  type InputSpec,
  i32,
  i32Range,
  listAttr,
  numberAttr,
  type OpCheck,
  whole,
} from './types.ts';

function softmaxCases(op: string): CheckCase[] {
  const make = (name: string, x: InputSpec, dim = -1, quick = true): CheckCase => ({
    op,
    name,
    attrs: { dim },
    inputs: { x },
    quick,
  });
  return [
    make('one', f32([3, 1])),
    make('odd', f32([5, 37])),
    make('inner_dim', f32([3, 7, 5]), 1),
    make('first_dim', f32([9, 4]), 0),
    make('large', f32([4, 11], 'uniform', { low: -1000, high: 1000 })),
    make('equal', f32([3, 8], 'ones')),
    make('long', f32([2, 1025])),
    make('empty', f32([0, 4])),
    make('over_65535_groups', f32([65537, 3]), -1, false),
  ];
}

const dimOf = (c: CheckCase) => numberAttr(c, 'dim');
const extentOf = (c: CheckCase, shape: readonly number[]) => shape[dimOf(c) < 0 ? dimOf(c) + shape.length : dimOf(c)];

export const softmaxCheck: OpCheck = {
  op: 'softmax',
  differentiable: ['y'],
  cases: softmaxCases('softmax'),
  forward: (c, { x }) => ({ y: softmax(x, dimOf(c)) }),
  backward: (c, { x }, { dy }) => ({ dx: softmaxBackward(softmax(x, dimOf(c)), dy, dimOf(c)) }),
  tolerances({ case: c, inputs: { x }, outputs: { y }, cotangents: { dy } }) {
    const K = extentOf(c, x.shape);
    // dx = y * (dy - sum dy*y), and sum |dy| * y cannot pass the largest |dy|.
    return { y: reduction(K, peak(y)), dx: reduction(K, 2 * peak(y) * peak(dy)) };
  },
};

export const logSoftmaxCheck: OpCheck = {
  op: 'log_softmax',
  differentiable: ['y'],
  cases: softmaxCases('log_softmax'),
  forward: (c, { x }) => ({ y: logSoftmax(x, dimOf(c)) }),
  backward: (c, { x }, { dy }) => ({ dx: logSoftmaxBackward(logSoftmax(x, dimOf(c)), dy, dimOf(c)) }),
  tolerances({ case: c, inputs: { x }, outputs: { y }, cotangents: { dy } }) {
    const K = extentOf(c, x.shape);
    const sums = peak(reduce.sum(abs(dy), { dims: [dimOf(c)] }));
    // The relative error of the sum is an absolute one of its logarithm, beside values of size |y|.
    return { y: reduction(K, 1 + peak(y)), dx: reduction(K, peak(dy) + peak(map(y, Math.exp)) * sums) };
  },
};

const reduceOptions = (c: CheckCase) => ({
  dims: c.attrs.dim === undefined ? undefined : listAttr(c, 'dim'),
  keepdim: flagAttr(c, 'keepdim'),
});

function reduceCases(op: string): CheckCase[] {
  const make = (
    name: string,
    x: InputSpec,
    dims: readonly number[] | undefined,
    keepdim = false,
    quick = true,
  ): CheckCase => ({
    op,
    name,
    attrs: dims === undefined ? { keepdim } : { dim: dims, keepdim },
    inputs: { x },
    quick,
  });
  return [
    make('one', f32([1]), [0]),
    make('last_dim', f32([5, 33]), [1]),
    make('first_dim', f32([33, 7]), [0]),
    make('middle_keepdim', f32([5, 33, 7]), [1], true),
    make('two_dims', f32([5, 9, 7]), [0, 2]),
    make('all', f32([3, 5, 7]), undefined),
    make('negative_dim', f32([4, 6, 3]), [-1], true),
    make('long', f32([2, 5003]), [1], false, false),
    make('long_all', f32([40, 1031]), undefined, false, false),
    make('over_65535_groups', f32([65537, 3]), [1], false, false),
  ];
}

export const sumCheck: OpCheck = {
  op: 'sum',
  differentiable: ['y'],
  cases: [
    ...reduceCases('sum'),
    { op: 'sum', name: 'long_exact', attrs: { keepdim: false }, inputs: { x: whole([40, 1031]) }, quick: true },
  ],
  forward: (c, { x }) => ({ y: reduce.sum(x, reduceOptions(c)) }),
  backward: (c, { x }, { dy }) => ({ dx: reduce.sumBackward(x, dy, reduceOptions(c)) }),
  tolerances({ case: c, inputs: { x }, outputs: { y } }) {
    return { y: summation(c, x.data.length / y.data.length, peak(reduce.sum(abs(x), reduceOptions(c)))), dx: EXACT };
  },
};

export const meanCheck: OpCheck = {
  op: 'mean',
  differentiable: ['y'],
  cases: reduceCases('mean'),
  forward: (c, { x }) => ({ y: reduce.mean(x, reduceOptions(c)) }),
  backward: (c, { x }, { dy }) => ({ dx: reduce.meanBackward(x, dy, reduceOptions(c)) }),
  tolerances({ case: c, inputs: { x }, outputs: { y }, grads: { dx } }) {
    return {
      y: reduction(x.data.length / y.data.length, peak(reduce.mean(abs(x), reduceOptions(c)))),
      dx: reduction(1, peak(dx)),
    };
  },
};

export const maxCheck: OpCheck = {
  op: 'max',
  differentiable: ['y'],
  cases: [
    ...reduceCases('max'),
    {
      op: 'max',
      name: 'ties',
      attrs: { dim: [1], keepdim: false },
      inputs: { x: f32([4, 9, 3], 'integers', { low: 0, high: 3 }) },
      quick: true,
      kink: true,
    },
    {
      op: 'max',
      name: 'ties_two_dims',
      attrs: { dim: [0, 1], keepdim: false },
      inputs: { x: f32([4, 9, 3], 'integers', { low: 0, high: 3 }) },
      quick: true,
      kink: true,
    },
  ],
  forward: (c, { x }) => ({ y: reduce.max(x, reduceOptions(c)) }),
  backward: (c, { x }, { dy }) => ({ dx: reduce.maxBackward(x, dy, reduceOptions(c)) }),
  tolerances({ case: c, grads: { dx } }) {
    // Over several dimensions ties share the gradient: one division.
    return { y: EXACT, dx: reduceOptions(c).dims?.length === 1 ? EXACT : reduction(1, peak(dx)) };
  },
};

function arg(name: string, x: InputSpec, dim: number, keepdim = false, quick = true): CheckCase {
  return { op: 'argmax', name, attrs: { dim, keepdim }, inputs: { x }, quick };
}

export const argmaxCheck: OpCheck = {
  op: 'argmax',
  differentiable: [],
  cases: [
    arg('one', f32([1]), 0),
    arg('last_dim', f32([5, 37]), -1),
    arg('middle_keepdim', f32([3, 9, 5]), 1, true),
    arg('ties', f32([6, 20], 'integers', { low: 0, high: 4 }), 1),
    arg('negative', f32([5, 7], 'uniform', { low: -9, high: -1 }), 1),
    arg('long', f32([2, 2051]), 1),
    arg('over_65535_groups', f32([65537, 3]), 1, false, false),
  ],
  forward: (c, { x }) => ({ y: reduce.argmax(x, numberAttr(c, 'dim'), flagAttr(c, 'keepdim')) }),
  tolerances: () => ({ y: EXACT }),
};

function embed(name: string, ids: InputSpec, w: readonly number[], quick = true): CheckCase {
  return { op: 'embedding', name, attrs: {}, inputs: { ids, w: f32(w) }, quick };
}

export const embeddingCheck: OpCheck = {
  op: 'embedding',
  differentiable: ['y'],
  cases: [
    embed('one', i32([1], [0]), [1, 1]),
    embed('odd', i32Range([3, 5], 0, 11), [11, 7]),
    embed('repeated', i32([6], [2, 2, 2, 0, 2, 3]), [5, 33]),
    embed('empty', i32([0], []), [4, 3]),
    embed('over_65535_groups', i32Range([65537], 0, 9), [9, 3], false),
  ],
  forward: (_, { ids, w }) => ({ y: embedding(ids, w) }),
  backward: (_, { ids, w }, { dy }) => ({ dw: embeddingBackward(ids, w, dy) }),
  tolerances({ inputs: { ids, w }, cotangents: { dy } }) {
    return { y: EXACT, dw: reduction(ids.data.length, peak(embeddingBackward(ids, w, abs(dy)))) };
  },
};

function mse(name: string, shape: readonly number[], quick = true): CheckCase {
  return { op: 'mse_loss', name, attrs: {}, inputs: { x: f32(shape), target: f32(shape) }, quick };
}

export const mseLossCheck: OpCheck = {
  op: 'mse_loss',
  differentiable: ['y'],
  cases: [mse('one', [1]), mse('odd', [5, 33]), mse('long', [3, 4099], false)],
  forward: (_, { x, target }) => ({ y: mseLoss(x, target) }),
  backward: (_, { x, target }, { dy }) => ({ ...mseLossBackward(x, target, dy) }),
  tolerances({ inputs: { x }, outputs: { y }, grads: { dx } }) {
    return { y: reduction(x.data.length, peak(y)), dx: reduction(1, peak(dx)), dtarget: reduction(1, peak(dx)) };
  },
};

function xent(name: string, x: InputSpec, target: InputSpec, quick = true): CheckCase {
  return { op: 'cross_entropy', name, attrs: {}, inputs: { x, target }, quick };
}

export const crossEntropyCheck: OpCheck = {
  op: 'cross_entropy',
  differentiable: ['y'],
  cases: [
    xent('one', f32([1, 1]), i32([1], [0])),
    xent('odd', f32([7, 37]), i32Range([7], 0, 37)),
    xent('large', f32([4, 5], 'uniform', { low: -500, high: 500 }), i32([4], [0, 1, 2, 4])),
    xent('long', f32([3, 1025]), i32Range([3], 0, 1025)),
    xent('many_rows', f32([1031, 5]), i32Range([1031], 0, 5), false),
  ],
  forward: (_, { x, target }) => ({ y: crossEntropy(x, target) }),
  backward: (_, { x, target }, { dy }) => ({ dx: crossEntropyBackward(x, target, dy) }),
  tolerances({ inputs: { x }, cotangents: { dy } }) {
    const [rows, classes] = x.shape;
    // A mean of losses no larger than the largest |log p|; a gradient of (p - onehot) / N.
    return {
      y: reduction(rows + classes, 1 + peak(logSoftmax(x, 1))),
      dx: reduction(classes, (2 * peak(dy)) / rows),
    };
  },
};
