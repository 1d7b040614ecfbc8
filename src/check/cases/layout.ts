/** Moves are exact, forward and backward: one wrong index shows. */
import * as layout from '../reference/layout.ts';
import { EXACT, forAll } from './tolerance.ts';
import { type CheckCase, f32, type InputSpec, listAttr, numberAttr, type OpCheck, type Tensors } from './types.ts';

function cases(
  op: string,
  rows: readonly (readonly [name: string, shape: readonly number[], attrs: CheckCase['attrs'], quick?: boolean])[],
): CheckCase[] {
  return rows.map(([name, shape, attrs, quick = true]) => ({ op, name, attrs, inputs: { x: f32(shape) }, quick }));
}

const moved = (e: Parameters<OpCheck['tolerances']>[0]) => forAll(e, EXACT);

export const permuteCheck: OpCheck = {
  op: 'permute',
  differentiable: ['y'],
  cases: cases('permute', [
    ['one', [1], { dims: [0] }],
    ['transpose', [33, 7], { dims: [1, 0] }],
    ['identity', [3, 4, 5], { dims: [0, 1, 2] }],
    ['nchw_to_nhwc', [2, 3, 5, 7], { dims: [0, 2, 3, 1] }],
    ['four_dims', [2, 5, 3, 4], { dims: [3, 0, 1, 2] }],
    ['five_dims', [2, 3, 2, 4, 3], { dims: [4, 2, 0, 3, 1] }],
    ['negative_dims', [3, 4, 5], { dims: [0, -1, -2] }],
    ['empty', [0, 3], { dims: [1, 0] }],
    ['over_65535_rows', [2, 65537, 3], { dims: [1, 0, 2] }, false],
  ]),
  forward: (c, { x }) => ({ y: layout.permute(x, listAttr(c, 'dims')) }),
  backward: (c, { x }, { dy }) => ({ dx: layout.permuteBackward(x, dy, listAttr(c, 'dims')) }),
  tolerances: moved,
};

export const mapToSequenceCheck: OpCheck = {
  op: 'map_to_sequence',
  differentiable: ['y'],
  cases: cases('map_to_sequence', [
    ['one', [1, 1, 1, 1], {}],
    ['odd', [3, 5, 2, 7], {}],
    ['height_one', [2, 6, 1, 9], {}],
    ['article', [2, 64, 2, 42], {}, false],
  ]),
  forward: (_, { x }) => ({ y: layout.mapToSequence(x) }),
  backward: (_, { x }, { dy }) => ({ dx: layout.mapToSequenceBackward(x, dy) }),
  tolerances: moved,
};

/** `end` beyond the extent is clamped, as in Python. */
const range = (c: CheckCase) => ({
  start: numberAttr(c, 'start'),
  end: numberAttr(c, 'end'),
  step: numberAttr(c, 'step', 1),
});

export const sliceCheck: OpCheck = {
  op: 'slice',
  differentiable: ['y'],
  cases: cases('slice', [
    ['one', [4], { dim: 0, start: 2, end: 3 }],
    ['first_dim', [42, 3, 5], { dim: 0, start: 2, end: 42 }],
    ['middle', [3, 9, 5], { dim: 1, start: 4, end: 8 }],
    ['last_dim', [7, 33], { dim: -1, start: 1, end: 32 }],
    ['nothing', [3, 4], { dim: 1, start: 2, end: 2 }],
    ['whole', [3, 4], { dim: 0, start: 0, end: 3 }],
  ]),
  forward: (c, { x }) => ({ y: layout.slice(x, numberAttr(c, 'dim'), range(c)) }),
  backward: (c, { x }, { dy }) => ({ dx: layout.sliceBackward(x, dy, numberAttr(c, 'dim'), range(c)) }),
  tolerances: moved,
};

export const flipCheck: OpCheck = {
  op: 'flip',
  differentiable: ['y'],
  cases: cases('flip', [
    ['one', [1], { dims: [0] }],
    ['first_dim', [7, 5], { dims: [0] }],
    ['last_dim', [3, 33], { dims: [-1] }],
    ['two_dims', [3, 4, 5], { dims: [0, 2] }],
  ]),
  forward: (c, { x }) => ({ y: layout.flip(x, listAttr(c, 'dims')) }),
  backward: (c, _, { dy }) => ({ dx: layout.flipBackward(dy, listAttr(c, 'dims')) }),
  tolerances: moved,
};

export const reshapeCheck: OpCheck = {
  op: 'reshape',
  differentiable: ['y'],
  cases: cases('reshape', [
    ['one', [1], { shape: [] }],
    ['flatten', [2, 3, 5], { shape: [-1] }],
    ['inferred', [2, 3, 4, 5], { shape: [6, -1] }],
    ['split', [12, 7], { shape: [3, 4, 7] }],
  ]),
  forward: (c, { x }) => ({ y: layout.reshape(x, listAttr(c, 'shape')) }),
  backward: (_, { x }, { dy }) => ({ dx: layout.reshapeBackward(x, dy) }),
  tolerances: moved,
};

const NAMES = ['a', 'b', 'c', 'd'];

/** Several tensors under the names a, b, c, ... */
function join(op: string, name: string, dim: number, shapes: readonly (readonly number[])[], quick = true): CheckCase {
  const inputs: Record<string, InputSpec> = {};
  shapes.forEach((shape, i) => {
    inputs[NAMES[i]] = f32(shape);
  });
  return { op, name, attrs: { dim }, inputs, quick };
}

const parts = (inputs: Tensors) => NAMES.filter((name) => name in inputs).map((name) => inputs[name]);

function named(gradients: readonly Tensors[string][]): Record<string, Tensors[string]> {
  return Object.fromEntries(gradients.map((gradient, i) => [`d${NAMES[i]}`, gradient]));
}

export const concatCheck: OpCheck = {
  op: 'concat',
  differentiable: ['y'],
  cases: [
    join('concat', 'one', 0, [[1], [1]]),
    join('concat', 'first_dim', 0, [
      [1, 4],
      [3, 4],
      [2, 4],
    ]),
    join('concat', 'middle', 1, [
      [2, 3, 5],
      [2, 1, 5],
    ]),
    join('concat', 'last_dim', -1, [
      [3, 5, 16],
      [3, 5, 7],
    ]),
    join('concat', 'four', 1, [
      [3, 2],
      [3, 5],
      [3, 1],
      [3, 4],
    ]),
    join('concat', 'with_empty', 0, [
      [2, 3],
      [0, 3],
      [1, 3],
    ]),
  ],
  forward: (c, inputs) => ({ y: layout.concat(parts(inputs), numberAttr(c, 'dim')) }),
  backward: (c, inputs, { dy }) => named(layout.concatBackward(parts(inputs), dy, numberAttr(c, 'dim'))),
  tolerances: moved,
};

export const stackCheck: OpCheck = {
  op: 'stack',
  differentiable: ['y'],
  cases: [
    join('stack', 'one', 0, [[1], [1]]),
    join('stack', 'first_dim', 0, [
      [3, 5],
      [3, 5],
      [3, 5],
    ]),
    join('stack', 'middle', 1, [
      [3, 5],
      [3, 5],
    ]),
    join('stack', 'last_dim', -1, [
      [3, 5],
      [3, 5],
    ]),
  ],
  forward: (c, inputs) => ({ y: layout.stack(parts(inputs), numberAttr(c, 'dim')) }),
  backward: (c, inputs, { dy }) => named(layout.stackBackward(parts(inputs), dy, numberAttr(c, 'dim'))),
  tolerances: moved,
};
