import { fromHalf } from './half-float.ts';
import type { GpuBuffer } from './pool.ts';

/** 'f16': weights that are only read, made by `half`; kernels compute in f32. */
export type Dtype = 'f32' | 'f16' | 'i32' | 'u32';
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

/** What an array takes in a buffer: whole words. */
export function byteSize(size: number, dtype: Dtype): number {
  return dtype === 'f16' ? (size + (size & 1)) * 2 : size * 4;
}

/** What was read back of an array, f16 as f32. */
export function hostArray({ dtype, size }: GpuArray, buffer: ArrayBuffer): HostArray {
  if (dtype === 'f16') return Float32Array.from(new Uint16Array(buffer, 0, size), fromHalf);
  if (dtype === 'f32') return new Float32Array(buffer);
  return dtype === 'i32' ? new Int32Array(buffer) : new Uint32Array(buffer);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((d, i) => d === b[i]);
}

export function showShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}
