/**
 * Ops that only move elements: permute, concat, stack, slice, flip, reshape, map_to_sequence. All of them are exact, and each gradient
 * is the reverse move. Semantics are numpy's and PyTorch's; map_to_sequence is the bridge of a CRNN: [B, C, H, W] -> [W, B, C*H]
 * with feature index c*H + h.
 */
import { alongDim, type NdArray, ndarray, ravel, resolveDim, type Shape, sizeOf, unravel } from './ndarray.ts';

/** Shape of y and, for each element of y, the flat position of x it is a copy of. */
interface Gather {
  readonly shape: Shape;
  readonly from: (flat: number) => number;
}

function gather(x: NdArray, { shape, from }: Gather): NdArray {
  const y = ndarray(shape);
  for (let i = 0; i < y.data.length; i++) y.data[i] = x.data[from(i)];
  return y;
}

/** The gradient of a gather: what was read is added to. */
function scatter(xShape: Shape, dy: NdArray, { from }: Gather): NdArray {
  const dx = ndarray(xShape);
  for (let i = 0; i < dy.data.length; i++) dx.data[from(i)] += dy.data[i];
  return dx;
}

function permuteGather(xShape: Shape, dims: readonly number[]): Gather {
  const order = dims.map((d) => resolveDim(d, xShape.length));
  const shape = order.map((d) => xShape[d]);
  const from = (flat: number) => {
    const index = new Array<number>(xShape.length);
    unravel(flat, shape).forEach((position, d) => {
      index[order[d]] = position;
    });
    return ravel(index, xShape);
  };
  return { shape, from };
}

/** y's dimension d is x's dimension dims[d]. */
export function permute(x: NdArray, dims: readonly number[]): NdArray {
  return gather(x, permuteGather(x.shape, dims));
}

export function permuteBackward(x: NdArray, dy: NdArray, dims: readonly number[]): NdArray {
  return scatter(x.shape, dy, permuteGather(x.shape, dims));
}

export interface SliceRange {
  readonly start: number;
  /** Exclusive; clamped to the extent, negative counts from the end. */
  readonly end: number;
  readonly step?: number;
}

function sliceGather(xShape: Shape, dim: number, { start, end, step = 1 }: SliceRange): Gather {
  if (step < 1) throw new RangeError('slice: step must be positive');
  const d = resolveDim(dim, xShape.length);
  const extent = xShape[d];
  const clamp = (position: number) => Math.min(Math.max(position < 0 ? position + extent : position, 0), extent);
  const first = clamp(start);
  const shape = xShape.map((e, i) => (i === d ? Math.max(0, Math.ceil((clamp(end) - first) / step)) : e));
  const from = (flat: number) => {
    const index = unravel(flat, shape);
    index[d] = first + index[d] * step;
    return ravel(index, xShape);
  };
  return { shape, from };
}

export function slice(x: NdArray, dim: number, range: SliceRange): NdArray {
  return gather(x, sliceGather(x.shape, dim, range));
}

export function sliceBackward(x: NdArray, dy: NdArray, dim: number, range: SliceRange): NdArray {
  return scatter(x.shape, dy, sliceGather(x.shape, dim, range));
}

function flipGather(xShape: Shape, dims: readonly number[]): Gather {
  const flipped = dims.map((d) => resolveDim(d, xShape.length));
  const from = (flat: number) => {
    const index = unravel(flat, xShape).map((position, d) =>
      flipped.includes(d) ? xShape[d] - 1 - position : position,
    );
    return ravel(index, xShape);
  };
  return { shape: xShape, from };
}

export function flip(x: NdArray, dims: readonly number[]): NdArray {
  return gather(x, flipGather(x.shape, dims));
}

export function flipBackward(dy: NdArray, dims: readonly number[]): NdArray {
  return flip(dy, dims);
}

/** One extent may be -1: what is left. */
export function reshape(x: NdArray, shape: Shape): NdArray {
  const known = sizeOf(shape.filter((extent) => extent !== -1));
  return ndarray(
    shape.map((extent) => (extent === -1 ? x.data.length / known : extent)),
    x.data,
  );
}

export function reshapeBackward(x: NdArray, dy: NdArray): NdArray {
  return ndarray(x.shape, dy.data);
}

export function concat(xs: readonly NdArray[], dim: number): NdArray {
  const d = resolveDim(dim, xs[0].shape.length);
  const total = xs.reduce((sum, x) => sum + x.shape[d], 0);
  const y = ndarray(xs[0].shape.map((extent, i) => (i === d ? total : extent)));
  let start = 0;
  for (const x of xs) {
    const { outer, extent, inner } = alongDim(x.shape, d);
    for (let o = 0; o < outer; o++) {
      for (let k = 0; k < extent; k++) {
        for (let i = 0; i < inner; i++) {
          y.data[(o * total + start + k) * inner + i] = x.data[(o * extent + k) * inner + i];
        }
      }
    }
    start += extent;
  }
  return y;
}

/** The gradient of each part is its slice of dy. */
export function concatBackward(xs: readonly NdArray[], dy: NdArray, dim: number): NdArray[] {
  const d = resolveDim(dim, dy.shape.length);
  let start = 0;
  return xs.map((x) => {
    const part = slice(dy, d, { start, end: start + x.shape[d] });
    start += x.shape[d];
    return part;
  });
}

/** concat after giving every part a new dimension of extent 1 at `dim`. */
export function stack(xs: readonly NdArray[], dim: number): NdArray {
  const d = resolveDim(dim, xs[0].shape.length + 1);
  return concat(
    xs.map((x) => ndarray([...x.shape.slice(0, d), 1, ...x.shape.slice(d)], x.data)),
    d,
  );
}

export function stackBackward(xs: readonly NdArray[], dy: NdArray, dim: number): NdArray[] {
  const d = resolveDim(dim, dy.shape.length);
  return xs.map((x, k) => ndarray(x.shape, slice(dy, d, { start: k, end: k + 1 }).data));
}

export function mapToSequence(x: NdArray): NdArray {
  const [batch, channels, height, width] = x.shape;
  return reshape(permute(x, [3, 0, 1, 2]), [width, batch, channels * height]);
}

export function mapToSequenceBackward(x: NdArray, dy: NdArray): NdArray {
  const [batch, channels, height, width] = x.shape;
  return permute(ndarray([width, batch, channels, height], dy.data), [1, 2, 3, 0]);
}
