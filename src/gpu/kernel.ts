import type { GpuArray } from './array.ts';

/** One storage binding of group 0, in the order of the shader. */
export interface BindingInfo {
  readonly name: string;
  readonly access: 'read' | 'read_write';
}

export interface ParamInfo {
  readonly name: string;
  readonly type: 'u32' | 'i32' | 'f32';
}

/** A shader: plain WGSL and what it declares. */
export interface KernelSource {
  readonly name: string;
  readonly code: string;
  /** Its functions, where they are loaded with the first launch; `code` then holds what it declares. */
  readonly rest?: () => Promise<string>;
  readonly bindings: readonly BindingInfo[];
  readonly params: readonly ParamInfo[];
  /** `override` constants: set at pipeline creation. */
  readonly overrides: readonly string[];
  /** `const UPPER = 8u;` lines that a variant may replace: register tiles need compile-time sizes. */
  readonly consts: readonly string[];
  /** Whether it starts with `enable subgroups;` */
  readonly subgroups: boolean;
}

type Name<T extends { readonly name: string }> = T['name'];

/** A variant's compile-time choices, part of the pipeline's cache key. */
export interface Variant<K extends KernelSource = KernelSource> {
  readonly consts?: Partial<Record<K['consts'][number], number>>;
  readonly overrides?: Partial<Record<K['overrides'][number], number>>;
  /** Whether loops over register tiles are unrolled in the text on every adapter, not only where its compiler needs that. */
  readonly unroll?: boolean;
  /** Whether the binding `w` holds f16; follows from the array. */
  readonly halfWeights?: boolean;
}

export interface Launch<K extends KernelSource> {
  readonly kernel: K;
  readonly variant?: Variant<K>;
  /** An array for each binding; a missing optional input is bound to any array of the right kind. */
  readonly arrays: { readonly [P in Name<K['bindings'][number]>]: GpuArray };
  readonly params: { readonly [P in Name<K['params'][number]>]: number };
  /** Workgroups in x, y, z. */
  readonly grid: readonly [number, number, number];
}

/** WebGPU allows 65,535 workgroups a dimension; kernels that use `linear_id` take any count through this. */
export const MAX_GRID = 65535;

/**
 * The grid for `count` workgroups in a row, folded into two dimensions past 65,535.
 * Kernels rebuild the linear index as `wid.x + wid.y * nwg.x` and must check it against their count.
 */
export function linearGrid(count: number): [number, number, number] {
  if (count <= MAX_GRID) return [count, 1, 1];
  const y = Math.ceil(count / MAX_GRID);
  return [Math.ceil(count / y), y, 1];
}

export function ceilDiv(a: number, b: number): number {
  return Math.floor((a + b - 1) / b);
}
