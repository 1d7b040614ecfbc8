import type { GpuBuffer } from './pool.ts';

export type Dtype = 'f32' | 'i32' | 'u32';
export type Shape = readonly number[];
/** Host-side contents of an array; `number[]` is accepted where convenience counts. */
export type HostArray = Float32Array | Int32Array | Uint32Array;

/** A contiguous, C-order array on the device: what kernels take and give. */
export interface GpuArray {
  readonly buffer: GpuBuffer;
  /** Offset into the buffer in bytes, a multiple of 256. */
  readonly offset: number;
  readonly shape: Shape;
  readonly dtype: Dtype;
  /** Number of elements. */
  readonly size: number;
}

/** Number of elements of a shape; an empty shape is a scalar. */
export function sizeOf(shape: Shape): number {
  let n = 1;
  for (const d of shape) n *= d;
  return n;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((d, i) => d === b[i]);
}

export function showShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}
