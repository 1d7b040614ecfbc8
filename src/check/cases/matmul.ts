import { linear, linearBackward, matmul, matmulBackward } from '../reference/matmul.ts';
import { abs, type NdArray, sizeOf } from '../reference/ndarray.ts';
import { peak, summation } from './tolerance.ts';
import {
  type CheckCase,
  f32,
  flagAttr,
  fused,
  type InputSpec,
  maskByRelu,
  maybeRelu,
  type OpCheck,
  whole,
} from './types.ts';

function mm(
  name: string,
  a: InputSpec,
  b: InputSpec,
  quick = true,
  trans: { transA?: boolean; transB?: boolean } = {},
): CheckCase {
  const attrs = { trans_a: trans.transA ?? false, trans_b: trans.transB ?? false };
  return { op: 'matmul', name, attrs, inputs: { a, b }, quick };
}

const options = (c: CheckCase) => ({ transA: flagAttr(c, 'trans_a'), transB: flagAttr(c, 'trans_b') });

export const matmulCheck: OpCheck = {
  op: 'matmul',
  differentiable: ['y'],
  cases: [
    mm('one', f32([1, 1]), f32([1, 1])),
    mm('odd', f32([7, 13]), f32([13, 5])),
    mm('not_multiple_of_tile', f32([67, 33]), f32([33, 65])),
    mm('multiple_of_tile', f32([64, 64]), f32([64, 64]), false),
    mm('trans_a', f32([19, 34]), f32([19, 21]), true, { transA: true }),
    mm('trans_b', f32([17, 31]), f32([23, 31]), true, { transB: true }),
    mm('trans_both', f32([9, 12]), f32([20, 9]), true, { transA: true, transB: true }),
    mm('batched', f32([3, 5, 8]), f32([3, 8, 9])),
    mm('broadcast', f32([2, 1, 5, 7]), f32([3, 7, 4])),
    mm('broadcast_trans', f32([6, 11]), f32([4, 6, 10]), true, { transA: true }),
    mm('vector', f32([1, 130]), f32([130, 66])),
    mm('long', f32([3, 2050]), f32([2050, 2]), false),
    mm('long_exact', whole([3, 2050]), whole([2050, 2])),
    mm('empty', f32([0, 4]), f32([4, 3])),
    mm('empty_inner', f32([3, 0]), f32([0, 4])),
    mm('over_65535_groups', f32([65537, 1, 2]), f32([65537, 2, 1]), false),
  ],
  forward: (c, { a, b }) => ({ y: matmul(a, b, options(c)) }),
  backward: (c, { a, b }, { dy }) => matmulBackward(a, b, dy, options(c)),
  tolerances({ case: c, inputs: { a, b }, cotangents: { dy } }) {
    const [m, n] = dy.shape.slice(-2);
    const k = a.shape[a.shape.length - (options(c).transA ? 2 : 1)];
    // A broadcast operand also sums over its copies.
    const groups = sizeOf(dy.shape.slice(0, -2));
    const copies = (shape: readonly number[]) => groups / Math.max(sizeOf(shape.slice(0, -2)), 1);
    const magnitude = matmulBackward(abs(a), abs(b), abs(dy), options(c));
    return {
      y: summation(c, k, peak(matmul(abs(a), abs(b), options(c)))),
      da: summation(c, n * copies(a.shape), peak(magnitude.da)),
      db: summation(c, m * copies(b.shape), peak(magnitude.db)),
    };
  },
};

function lin(name: string, x: InputSpec, out: number, quick = true, bias = true): CheckCase {
  const inner = x.shape[x.shape.length - 1];
  const exact = x.kind === 'integers';
  const w = exact ? whole([out, inner]) : f32([out, inner], 'normal', { scale: 0.5 });
  const b = exact ? whole([out]) : f32([out]);
  return { op: 'linear', name, attrs: {}, inputs: bias ? { x, w, b } : { x, w }, quick };
}

export const linearCheck: OpCheck = {
  op: 'linear',
  differentiable: ['y'],
  cases: [
    lin('one', f32([1, 1]), 1),
    lin('odd', f32([5, 33]), 129),
    lin('sequence', f32([7, 3, 18]), 11),
    lin('no_bias', f32([9, 10]), 6, true, false),
    lin('not_multiple_of_tile', f32([70, 66]), 37, false),
    lin('empty', f32([0, 4]), 3),
    fused(lin('fused_relu', f32([9, 14]), 21)),
    fused(lin('fused_relu_no_bias', f32([4, 5]), 6, true, false)),
    lin('many_rows', f32([4099, 5]), 3, false),
    lin('many_rows_exact', whole([4099, 5]), 3),
  ],
  forward: (c, { x, w, b }) => ({ y: maybeRelu(c, linear(x, w, b)) }),
  backward(c, { x, w, b }, { dy }): Record<string, NdArray> {
    const through = maskByRelu(c, () => linear(x, w, b), dy);
    const { dx, dw, db } = linearBackward(x, w, through);
    return b === undefined ? { dx, dw } : { dx, dw, db };
  },
  tolerances({ case: c, inputs: { x, w, b }, cotangents: { dy } }) {
    const [out, inner] = w.shape;
    const rows = x.data.length / inner;
    const magnitude = linearBackward(abs(x), abs(w), abs(dy));
    return {
      y: summation(c, inner + 1, peak(linear(abs(x), abs(w), b && abs(b)))),
      dx: summation(c, out, peak(magnitude.dx)),
      dw: summation(c, rows, peak(magnitude.dw)),
      db: summation(c, rows, peak(magnitude.db)),
    };
  },
};
