import { ArgumentError, type Dtype, type GpuArray, type Shape, ShapeError, showShape } from '../gpu/index.ts';

/** Elements handled by one workgroup of the element kernels (WG * PER in their shaders). */
export const BLOCK = 256;

/** Distance in elements between neighbours along each dimension of a contiguous array. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let d = shape.length - 1; d >= 0; d--) {
    strides[d] = step;
    step *= shape[d];
  }
  return strides;
}

/** A walk over several strided operands at once, innermost dimension first, with mergeable dimensions merged. */
export interface Walk {
  readonly sizes: readonly number[];
  /** For each operand its strides, in the order of `sizes`. */
  readonly strides: readonly (readonly number[])[];
}

/** Merges neighbouring dimensions wherever every operand allows it, and drops those of size one. */
export function mergeDims(shape: Shape, operands: readonly (readonly number[])[]): Walk {
  const sizes: number[] = [];
  const strides: number[][] = operands.map(() => []);
  for (let d = shape.length - 1; d >= 0; d--) {
    if (shape[d] === 1) continue;
    const top = sizes.length - 1;
    if (top >= 0 && operands.every((s, o) => s[d] === strides[o][top] * sizes[top])) {
      sizes[top] *= shape[d];
      continue;
    }
    sizes.push(shape[d]);
    operands.forEach((s, o) => {
      strides[o].push(s[d]);
    });
  }
  if (sizes.length === 0) {
    sizes.push(1);
    for (const s of strides) s.push(0);
  }
  return { sizes, strides };
}

/** The Params of shaders/lib/walk.wgsl for a walk over two operands. @throws ShapeError past six dimensions. */
export function walkParams(op: string, walk: Walk) {
  const rank = walk.sizes.length;
  if (rank > 6)
    throw new ShapeError(`${op}: expected at most 6 dimensions that cannot be merged, got ${rank}`, {
      hint: 'Reshape or permute in two steps.',
    });
  const at = (list: readonly number[], i: number, rest: number) => list[i] ?? rest;
  const [a, b] = walk.strides;
  const s = walk.sizes;
  return {
    rank,
    /** Whether a block of elements never leaves its row. */
    rows: rank > 1 && s[0] % BLOCK === 0 ? 1 : 0,
    params: {
      s0: at(s, 0, 1),
      s1: at(s, 1, 1),
      s2: at(s, 2, 1),
      s3: at(s, 3, 1),
      s4: at(s, 4, 1),
      a0: at(a, 0, 0),
      a1: at(a, 1, 0),
      a2: at(a, 2, 0),
      a3: at(a, 3, 0),
      a4: at(a, 4, 0),
      a5: at(a, 5, 0),
      b0: at(b, 0, 0),
      b1: at(b, 1, 0),
      b2: at(b, 2, 0),
      b3: at(b, 3, 0),
      b4: at(b, 4, 0),
      b5: at(b, 5, 0),
    },
  };
}

/** A dimension counted from the end when negative. @throws ShapeError outside of the rank. */
export function resolveDim(op: string, dim: number, rank: number): number {
  const d = dim < 0 ? dim + rank : dim;
  if (!Number.isInteger(d) || d < 0 || d >= rank)
    throw new ShapeError(`${op}: expected a dimension from ${-rank} to ${rank - 1}, got ${dim}`);
  return d;
}

/** Distinct dimensions in ascending order; all of them when `dims` is undefined. @throws ShapeError */
export function resolveDims(op: string, dims: number | readonly number[] | undefined, rank: number): number[] {
  if (dims === undefined) return Array.from({ length: rank }, (_, d) => d);
  const list = (typeof dims === 'number' ? [dims] : dims).map((d) => resolveDim(op, d, rank));
  if (new Set(list).size !== list.length)
    throw new ShapeError(`${op}: expected distinct dimensions, got [${[dims].flat().join(', ')}]`);
  return list.sort((a, b) => a - b);
}

/** The array as [outer, extent, inner] around one dimension. */
export function alongDim(shape: Shape, dim: number): { outer: number; extent: number; inner: number } {
  const product = (part: Shape) => part.reduce((a, b) => a * b, 1);
  return { outer: product(shape.slice(0, dim)), extent: shape[dim], inner: product(shape.slice(dim + 1)) };
}

/** @throws ArgumentError for any other element type. */
export function needDtype(op: string, name: string, x: GpuArray, dtype: Dtype): void {
  if (x.dtype !== dtype) throw new ArgumentError(`${op}: ${name} must be ${dtype}, got ${x.dtype}`);
}

/** numpy broadcasting. @throws ShapeError where two extents differ and neither is 1. */
export function broadcastShapes(op: string, a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, d) => {
    const u = a[d - rank + a.length] ?? 1;
    const v = b[d - rank + b.length] ?? 1;
    if (u !== v && u !== 1 && v !== 1)
      throw new ShapeError(`${op}: expected shapes that broadcast, got ${showShape(a)} and ${showShape(b)}`, {
        hint: 'Aligned at the last dimension, two extents must be equal or one of them 1.',
      });
    return u === 1 ? v : u;
  });
}

/** Strides of `own` along the dimensions of `shape`, which it broadcasts to. */
export function broadcastStrides(own: Shape, shape: Shape): number[] {
  const strides = stridesOf(own);
  const skipped = shape.length - own.length;
  return shape.map((_, d) => (d < skipped || own[d - skipped] === 1 ? 0 : strides[d - skipped]));
}

/** The same memory under another shape of the same size, for a launch. */
export function shaped(a: GpuArray, shape: Shape): GpuArray {
  return { buffer: a.buffer, offset: a.offset, dtype: a.dtype, size: a.size, shape };
}

/** The smallest power of two that is not below n. */
export function pow2AtLeast(n: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, n)));
}
