/**
 * The array type of the float64 oracle and the few helpers that every reference op shares.
 *
 * C order, no views, no strides kept: an array is its shape and its values. Nothing here is fast on purpose, because the reader
 * must be able to see that it is right.
 */
export type Shape = readonly number[];

export interface NdArray {
  readonly shape: Shape;
  readonly data: Float64Array;
}

/** Number of elements; an empty shape is a scalar and has one. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((size, extent) => size * extent, 1);
}

/** Distance in elements between neighbours along each dimension. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let d = shape.length - 1; d >= 0; d--) {
    strides[d] = stride;
    stride *= shape[d];
  }
  return strides;
}

/** An array of the given shape holding `values` (copied), or zeros. */
export function ndarray(shape: Shape, values?: ArrayLike<number>): NdArray {
  const size = sizeOf(shape);
  if (values === undefined) return { shape: [...shape], data: new Float64Array(size) };
  if (values.length !== size)
    throw new RangeError(`ndarray: shape [${shape}] needs ${size} values, got ${values.length}`);
  return { shape: [...shape], data: Float64Array.from(values) };
}

export function scalar(value: number): NdArray {
  return ndarray([], [value]);
}

export function full(shape: Shape, value: number): NdArray {
  const out = ndarray(shape);
  out.data.fill(value);
  return out;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((extent, d) => extent === b[d]);
}

export function requireShape(what: string, x: NdArray, shape: Shape): void {
  if (!sameShape(x.shape, shape)) throw new RangeError(`${what}: expected shape [${shape}], got [${x.shape}]`);
}

/** Elementwise `f(x)`. */
export function map(x: NdArray, f: (value: number, index: number) => number): NdArray {
  const out = ndarray(x.shape);
  for (let i = 0; i < out.data.length; i++) out.data[i] = f(x.data[i], i);
  return out;
}

/** Elementwise `f(a, b)` of two arrays of the same shape. */
export function map2(a: NdArray, b: NdArray, f: (a: number, b: number) => number): NdArray {
  requireShape('map2', b, a.shape);
  return map(a, (value, i) => f(value, b.data[i]));
}

export function abs(x: NdArray): NdArray {
  return map(x, Math.abs);
}

export function maxAbs(x: NdArray): number {
  let most = 0;
  for (const value of x.data) most = Math.max(most, Math.abs(value));
  return most;
}

export function dot(a: NdArray, b: NdArray): number {
  requireShape('dot', b, a.shape);
  let sum = 0;
  for (let i = 0; i < a.data.length; i++) sum += a.data[i] * b.data[i];
  return sum;
}

/** `a += b`, in place: gradients that meet at one tensor add up. */
export function addInto(a: NdArray, b: NdArray): void {
  requireShape('addInto', b, a.shape);
  for (let i = 0; i < a.data.length; i++) a.data[i] += b.data[i];
}

/** Flat position -> coordinates. */
export function unravel(flat: number, shape: Shape): number[] {
  const index = new Array<number>(shape.length);
  let rest = flat;
  for (let d = shape.length - 1; d >= 0; d--) {
    index[d] = rest % shape[d];
    rest = Math.floor(rest / shape[d]);
  }
  return index;
}

/** Coordinates -> flat position. */
export function ravel(index: readonly number[], shape: Shape): number {
  let flat = 0;
  for (let d = 0; d < shape.length; d++) flat = flat * shape[d] + index[d];
  return flat;
}

/** A dimension counted from the end when negative, checked against the rank. */
export function resolveDim(dim: number, rank: number): number {
  const resolved = dim < 0 ? dim + rank : dim;
  if (!Number.isInteger(resolved) || resolved < 0 || resolved >= rank) {
    throw new RangeError(`dimension ${dim} is outside a tensor of rank ${rank}`);
  }
  return resolved;
}

/** numpy broadcasting: align at the end, an extent of 1 stretches. */
export function broadcastShape(a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length);
  const out = new Array<number>(rank);
  for (let d = 0; d < rank; d++) {
    const left = a[d - rank + a.length] ?? 1;
    const right = b[d - rank + b.length] ?? 1;
    if (left !== right && left !== 1 && right !== 1) throw new RangeError(`[${a}] and [${b}] do not broadcast`);
    out[d] = left === 1 ? right : left;
  }
  return out;
}

/** Flat position in an array of `shape` that broadcasting pairs with the coordinates `index` of the larger shape. */
export function broadcastOffset(index: readonly number[], shape: Shape): number {
  const skipped = index.length - shape.length;
  let flat = 0;
  for (let d = 0; d < shape.length; d++) flat = flat * shape[d] + (shape[d] === 1 ? 0 : index[d + skipped]);
  return flat;
}

/** The gradient of broadcasting: everything that one element was copied to is summed back into it. */
export function sumToShape(x: NdArray, shape: Shape): NdArray {
  const out = ndarray(shape);
  for (let i = 0; i < x.data.length; i++) out.data[broadcastOffset(unravel(i, x.shape), shape)] += x.data[i];
  return out;
}

/**
 * View of one dimension as `[outer, extent, inner]`: element (o, k, i) lies at `(o * extent + k) * inner + i`.
 * Every op "along a dimension" is three loops over these.
 */
export function alongDim(shape: Shape, dim: number): { outer: number; extent: number; inner: number } {
  const d = resolveDim(dim, shape.length);
  return { outer: sizeOf(shape.slice(0, d)), extent: shape[d], inner: sizeOf(shape.slice(d + 1)) };
}
