import { byteSize, type GpuArray } from './array.ts';
import { ArgumentError } from './errors.ts';
import type { KernelSource, Launch, Variant } from './kernel.ts';
import type { GpuBuffer } from './pool.ts';

/** A range of a buffer bound to one binding. */
export interface Bound {
  readonly buffer: GpuBuffer;
  readonly offset: number;
  readonly sizeBytes: number;
}

export interface DispatchCommand {
  readonly kind: 'dispatch';
  readonly key: string;
  readonly kernel: KernelSource;
  readonly variant: Variant | undefined;
  readonly bound: readonly Bound[];
  /** Contents of the params slot (at most 256 bytes). */
  readonly params: Uint8Array<ArrayBuffer>;
  readonly grid: readonly [number, number, number];
}

export interface WriteCommand {
  readonly kind: 'write';
  readonly buffer: GpuBuffer;
  readonly offset: number;
  readonly data: Uint8Array<ArrayBuffer>;
}

export interface CopyCommand {
  readonly kind: 'copy';
  readonly from: GPUBuffer;
  readonly fromOffset: number;
  readonly to: GPUBuffer;
  readonly toOffset: number;
  readonly sizeBytes: number;
  /** Those of the two that belong to arrays. */
  readonly buffers: readonly GpuBuffer[];
}

export interface ClearCommand {
  readonly kind: 'clear';
  readonly buffer: GpuBuffer;
  readonly offset: number;
  readonly sizeBytes: number;
}

/** A command list prepared once: see Replay. */
export interface ReplayCommand {
  readonly kind: 'replay';
  readonly list: Prepared;
}

/** What follows belongs to another part of the work: see Profile. */
export interface MarkCommand {
  readonly kind: 'mark';
  readonly name: string;
}

export type Command = DispatchCommand | WriteCommand | CopyCommand | ClearCommand | ReplayCommand | MarkCommand;

/** A step ready to be encoded again: pipelines and bind groups resolved, params resident. */
export interface Prepared {
  readonly items: readonly PreparedItem[];
  readonly params: GPUBuffer;
  readonly paramsGroup: GPUBindGroup;
}

export type PreparedItem =
  | {
      readonly kind: 'dispatch';
      readonly pipeline: GPUComputePipeline;
      readonly label: string;
      readonly group: GPUBindGroup;
      readonly slot: number;
      readonly grid: readonly [number, number, number];
    }
  | CopyCommand
  | WriteCommand
  | ClearCommand
  | MarkCommand;

/** Bytes of a params slot: WebGPU's largest alignment of a dynamic uniform offset. */
export const SLOT_BYTES = 256;
/** A submit at least every so many dispatches keeps the driver's memory of unsubmitted work bounded. */
export const MAX_DISPATCHES = 2048;

/** A launch as a command: its arrays in the order of the shader, its params as bytes. */
export function dispatchCommand<K extends KernelSource>(spec: Launch<K>, key: string): DispatchCommand {
  const { kernel, variant, grid } = spec;
  const arrays = spec.arrays as Record<string, GpuArray>;
  const bound = kernel.bindings.map((b) => {
    const a = arrays[b.name];
    // A missing optional input is bound to any array: to w, mostly.
    if (a.dtype === 'f16' && (a !== arrays.w || /^[ax]$/.test(b.name)) && kernel.name !== 'half')
      throw new ArgumentError(`${kernel.name}: ${b.name} is f16, expected f32`);
    return { buffer: a.buffer, offset: a.offset, sizeBytes: Math.max(16, byteSize(a.size, a.dtype)) };
  });
  const values = spec.params as Record<string, number>;
  const params = new Uint8Array(Math.max(4, kernel.params.length * 4));
  const view = new DataView(params.buffer);
  kernel.params.forEach((p, i) => {
    const v = Number(values[p.name]);
    if (p.type === 'f32') view.setFloat32(i * 4, v, true);
    else if (p.type === 'i32') view.setInt32(i * 4, v, true);
    else view.setUint32(i * 4, v, true);
  });
  return { kind: 'dispatch', key, kernel, variant, bound, params, grid };
}

/** The arrays' buffers that commands use, each once. */
export function buffersOf(commands: readonly Command[]): GpuBuffer[] {
  const all = new Set<GpuBuffer>();
  for (const c of commands) {
    if (c.kind === 'dispatch') for (const b of c.bound) all.add(b.buffer);
    else if (c.kind === 'write' || c.kind === 'clear') all.add(c.buffer);
    else if (c.kind === 'copy') for (const b of c.buffers) all.add(b);
  }
  return [...all];
}

export function dispatchesIn(commands: readonly Command[]): DispatchCommand[] {
  return commands.filter((c) => c.kind === 'dispatch');
}
