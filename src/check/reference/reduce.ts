/**
 * sum, mean, max and argmax over dimensions.
 *
 * The gradient of max over one dimension goes to the first maximum (torch.max(x, dim)); over several dimensions it is shared evenly among
 * the maxima (torch.amax). argmax gives the position of the first maximum along one dimension.
 * Source: https://pytorch.org/docs/1.13/generated/torch.max.html, torch.amax.html
 */
import { map, type NdArray, ndarray, ravel, resolveDim, type Shape, unravel } from './ndarray.ts';

export interface ReduceOptions {
  /** Dimensions to reduce; all of them when absent. */
  readonly dims?: readonly number[];
  readonly keepdim?: boolean;
}

/** Shape with every reduced dimension kept as 1, and the shape that the caller sees. */
function shapes(
  shape: Shape,
  { dims, keepdim = false }: ReduceOptions,
): { kept: number[]; seen: number[]; reduced: number[] } {
  const reduced = dims === undefined ? shape.map((_, d) => d) : dims.map((d) => resolveDim(d, shape.length));
  const kept = shape.map((extent, d) => (reduced.includes(d) ? 1 : extent));
  return { kept, seen: keepdim ? kept : kept.filter((_, d) => !reduced.includes(d)), reduced };
}

/** For each element of x: the flat position of the output that it is reduced into. */
function targets(shape: Shape, kept: Shape, size: number): Int32Array {
  const at = new Int32Array(size);
  for (let i = 0; i < size; i++) {
    const index = unravel(i, shape).map((position, d) => (kept[d] === 1 ? 0 : position));
    at[i] = ravel(index, kept);
  }
  return at;
}

export function sum(x: NdArray, options: ReduceOptions = {}): NdArray {
  const { kept, seen } = shapes(x.shape, options);
  const y = ndarray(seen);
  const at = targets(x.shape, kept, x.data.length);
  for (let i = 0; i < x.data.length; i++) y.data[at[i]] += x.data[i];
  return y;
}

export function sumBackward(x: NdArray, dy: NdArray, options: ReduceOptions = {}): NdArray {
  const at = targets(x.shape, shapes(x.shape, options).kept, x.data.length);
  return map(x, (_, i) => dy.data[at[i]]);
}

export function mean(x: NdArray, options: ReduceOptions = {}): NdArray {
  const y = sum(x, options);
  return map(y, (value) => (value * y.data.length) / x.data.length);
}

export function meanBackward(x: NdArray, dy: NdArray, options: ReduceOptions = {}): NdArray {
  return map(sumBackward(x, dy, options), (g) => (g * dy.data.length) / x.data.length);
}

export function max(x: NdArray, options: ReduceOptions = {}): NdArray {
  const { kept, seen } = shapes(x.shape, options);
  const y = ndarray(seen);
  y.data.fill(Number.NEGATIVE_INFINITY);
  const at = targets(x.shape, kept, x.data.length);
  for (let i = 0; i < x.data.length; i++) y.data[at[i]] = Math.max(y.data[at[i]], x.data[i]);
  return y;
}

export function maxBackward(x: NdArray, dy: NdArray, options: ReduceOptions = {}): NdArray {
  const { kept, reduced } = shapes(x.shape, options);
  const at = targets(x.shape, kept, x.data.length);
  const y = max(x, options);
  const ties = new Float64Array(y.data.length);
  for (let i = 0; i < x.data.length; i++) if (x.data[i] === y.data[at[i]]) ties[at[i]] += 1;
  const given = new Uint8Array(y.data.length);
  return map(x, (value, i) => {
    if (value !== y.data[at[i]]) return 0;
    if (reduced.length > 1) return dy.data[at[i]] / ties[at[i]];
    if (given[at[i]] === 1) return 0;
    given[at[i]] = 1;
    return dy.data[at[i]];
  });
}

export function argmax(x: NdArray, dim: number, keepdim = false): NdArray {
  const options = { dims: [dim], keepdim };
  const { kept, seen, reduced } = shapes(x.shape, options);
  const best = max(x, options);
  const at = targets(x.shape, kept, x.data.length);
  const y = ndarray(seen);
  y.data.fill(-1);
  for (let i = 0; i < x.data.length; i++) {
    if (y.data[at[i]] === -1 && x.data[i] === best.data[at[i]]) y.data[at[i]] = unravel(i, x.shape)[reduced[0]];
  }
  return y;
}
