import { type Conv2dOptions, conv2d, conv2dBackward, type Padding } from '../reference/conv2d.ts';
import { type Maxpool2dOptions, maxpool2d, maxpool2dBackward } from '../reference/maxpool2d.ts';
import { abs, type NdArray } from '../reference/ndarray.ts';
import { EXACT, peak, reduction, summation } from './tolerance.ts';
import {
  type Attrs,
  type CheckCase,
  f32,
  fused,
  type InputSpec,
  maskByRelu,
  maybeRelu,
  type OpCheck,
  pairAttr,
  recordAttr,
  type Tensors,
  whole,
} from './types.ts';

interface Geometry {
  stride?: readonly [number, number];
  dilation?: readonly [number, number];
  padding?: Padding;
}

const pad = (top: number, bottom: number, left: number, right: number): Padding => ({ top, bottom, left, right });
const NONE = pad(0, 0, 0, 0);
const SAME3 = pad(1, 1, 1, 1);

function paddingAttr(c: CheckCase): Padding {
  const { top, bottom, left, right } = recordAttr(c, 'padding');
  return { top, bottom, left, right };
}

function attrs({ stride = [1, 1], dilation = [1, 1], padding = NONE }: Geometry): Attrs {
  return { stride, dilation, padding: { ...padding } };
}

function conv(
  name: string,
  x: readonly number[],
  w: readonly number[],
  geometry: Geometry = {},
  quick = true,
  bias = true,
): CheckCase {
  const inputs: Record<string, InputSpec> = { x: f32(x), w: f32(w, 'normal', { scale: 0.5 }) };
  if (bias) inputs.b = f32([w[0]]);
  return { op: 'conv2d', name, attrs: attrs(geometry), inputs, quick };
}

function exactConv(name: string, x: readonly number[], w: readonly number[], geometry: Geometry): CheckCase {
  return { ...conv(name, x, w, geometry), inputs: { x: whole(x), w: whole(w), b: whole([w[0]]) } };
}

function convOptions(c: CheckCase): Conv2dOptions {
  return { stride: pairAttr(c, 'stride'), dilation: pairAttr(c, 'dilation'), padding: paddingAttr(c) };
}

function convForward(c: CheckCase, { x, w, b }: Tensors): NdArray {
  return maybeRelu(c, conv2d(x, w, b, convOptions(c)));
}

function convBackward(c: CheckCase, { x, w, b }: Tensors, dy: NdArray): Record<string, NdArray> {
  const through = maskByRelu(c, () => conv2d(x, w, b, convOptions(c)), dy);
  const { dx, dw, db } = conv2dBackward(x, w, through, convOptions(c));
  return b === undefined ? { dx, dw } : { dx, dw, db };
}

export const conv2dCheck: OpCheck = {
  op: 'conv2d',
  differentiable: ['y'],
  cases: [
    conv('one', [1, 1, 1, 1], [1, 1, 1, 1]),
    conv('odd', [2, 3, 7, 9], [5, 3, 3, 3], { padding: SAME3 }),
    // Full blocks of pixels, where the device computes by those.
    conv('blocks', [1, 2, 4, 16], [16, 2, 3, 3], { padding: SAME3 }),
    conv('first_layer', [2, 1, 8, 21], [8, 1, 3, 3], { padding: SAME3 }),
    conv('pointwise', [2, 5, 4, 7], [6, 5, 1, 1]),
    conv('no_bias', [1, 4, 5, 6], [3, 4, 3, 3], { padding: SAME3 }, true, false),
    conv('stride2', [2, 4, 9, 8], [3, 4, 3, 3], { stride: [2, 2], padding: SAME3 }),
    // (extent - kernel) is no multiple of the stride: the last rows and columns touch no window and must get a zero gradient.
    conv('leftover', [2, 4, 9, 7], [3, 4, 2, 2], { stride: [2, 3] }),
    conv('dilated', [1, 2, 9, 11], [3, 2, 3, 3], { dilation: [2, 3], padding: pad(2, 2, 3, 3) }),
    conv('asymmetric_padding', [2, 3, 4, 6], [4, 3, 2, 2], { padding: pad(0, 1, 0, 1) }),
    conv('everything', [2, 3, 8, 9], [4, 3, 3, 2], { stride: [2, 1], dilation: [1, 2], padding: pad(2, 1, 0, 3) }),
    conv('empty', [0, 3, 5, 5], [2, 3, 3, 3]),
    fused(conv('fused_relu', [2, 3, 6, 7], [5, 3, 3, 3], { padding: SAME3 })),
    fused(conv('fused_relu_no_bias', [1, 2, 5, 5], [3, 2, 2, 2], {}, true, false)),
    conv('not_multiple_of_tile', [2, 33, 5, 17], [35, 33, 3, 3], { padding: SAME3 }, false),
    conv('wide', [1, 3, 4, 170], [5, 3, 1, 7], { padding: pad(0, 0, 3, 3) }, false),
    conv('many_channels', [1, 129, 3, 5], [4, 129, 3, 3], { padding: SAME3 }, false),
    exactConv('long_exact', [4, 2, 16, 43], [3, 2, 3, 3], { padding: SAME3 }),
    conv('long_weight_reduction', [8, 2, 16, 43], [3, 2, 3, 3], { padding: SAME3 }, false),
  ],
  forward: (c, inputs) => ({ y: convForward(c, inputs) }),
  backward: (c, inputs, { dy }) => convBackward(c, inputs, dy),
  tolerances({ case: c, inputs: { x, w, b }, cotangents: { dy } }) {
    const [out, inner, kh, kw] = w.shape;
    const places = dy.data.length / out;
    const magnitude = conv2dBackward(abs(x), abs(w), abs(dy), convOptions(c));
    return {
      y: summation(c, inner * kh * kw + 1, peak(conv2d(abs(x), abs(w), b && abs(b), convOptions(c)))),
      dx: summation(c, out * kh * kw, peak(magnitude.dx)),
      dw: summation(c, places, peak(magnitude.dw)),
      db: summation(c, places, peak(magnitude.db)),
    };
  },
};

interface Pool extends Geometry {
  kernel: readonly [number, number];
}

function pool(name: string, x: InputSpec, { kernel, ...geometry }: Pool, extra: Partial<CheckCase> = {}): CheckCase {
  const all = attrs({ ...geometry, stride: geometry.stride ?? kernel });
  return { op: 'maxpool2d', name, attrs: { kernel, ...all }, inputs: { x }, quick: true, ...extra };
}

function poolOptions(c: CheckCase): Maxpool2dOptions {
  return { kernel: pairAttr(c, 'kernel'), ...convOptions(c) };
}

export const maxpool2dCheck: OpCheck = {
  op: 'maxpool2d',
  differentiable: ['y'],
  cases: [
    pool('one', f32([1, 1, 1, 1]), { kernel: [1, 1] }),
    pool('odd', f32([2, 3, 7, 9]), { kernel: [2, 2] }),
    pool('height_only', f32([2, 4, 6, 5]), { kernel: [2, 1] }),
    pool('overlap', f32([1, 2, 6, 7]), { kernel: [3, 3], stride: [1, 1], padding: SAME3 }),
    pool('crnn', f32([2, 3, 4, 9]), { kernel: [2, 2], stride: [2, 1], padding: pad(0, 0, 1, 1) }),
    pool('dilated', f32([1, 2, 8, 9]), { kernel: [2, 3], stride: [1, 2], dilation: [3, 2], padding: pad(1, 1, 1, 1) }),
    pool('asymmetric_padding', f32([1, 2, 5, 5]), { kernel: [2, 2], padding: pad(0, 1, 0, 1) }),
    // All values negative: a padding of zero instead of -infinity would win.
    pool('negative', f32([1, 2, 5, 6], 'uniform', { low: -3, high: -1 }), {
      kernel: [3, 3],
      stride: [2, 2],
      padding: SAME3,
    }),
    pool(
      'ties',
      f32([2, 2, 6, 6], 'integers', { low: 0, high: 3 }),
      { kernel: [3, 3], stride: [2, 2] },
      { kink: true },
    ),
    pool(
      'huge',
      f32([1, 1, 4, 4], 'values', { values: hugeValues() }),
      { kernel: [2, 2], padding: NONE },
      { kink: true },
    ),
    pool('empty', f32([0, 2, 4, 4]), { kernel: [2, 2] }),
    pool('many', f32([8, 32, 16, 43]), { kernel: [2, 2] }, { quick: false }),
  ],
  forward: (c, { x }) => ({ ...maxpool2d(x, poolOptions(c)) }),
  backward: (c, { x }, { dy }) => ({ dx: maxpool2dBackward(x, maxpool2d(x, poolOptions(c)).indices, dy) }),
  tolerances({ case: c, inputs: { x }, outputs: { indices }, cotangents: { dy } }) {
    const [kh, kw] = pairAttr(c, 'kernel');
    return { y: EXACT, indices: EXACT, dx: reduction(kh * kw, peak(maxpool2dBackward(x, indices, abs(dy)))) };
  },
};

/** Values next to the largest float32: a finite stand-in for -infinity must lie below all of them. */
function hugeValues(): number[] {
  const most = (2 - 2 ** -23) * 2 ** 127;
  return [-most, -most, 1, 2, -most, -Math.fround(1e38), 3, most, most, -most, -most, -most, 0, 1, -most, -most];
}
