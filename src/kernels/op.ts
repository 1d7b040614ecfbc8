import type { Device, DeviceArray, GpuArray } from '../gpu/index.ts';

/** What an op's forward gives: its outputs, and what only its own backward needs. */
export interface Forward {
  readonly outputs: readonly DeviceArray[];
  readonly saved?: readonly DeviceArray[];
}

/** Everything backward may use. */
export interface BackwardCall<A> {
  readonly device: Device;
  readonly inputs: readonly (GpuArray | undefined)[];
  readonly outputs: readonly GpuArray[];
  readonly saved: readonly GpuArray[];
  readonly attrs: A;
  /** The gradient of each output; undefined where nothing depends on it. */
  readonly dy: readonly (GpuArray | undefined)[];
  /** Which inputs want a gradient. */
  readonly needs: readonly boolean[];
  /** Where the gradient of input `i` is to be written, whole: its shape, uninitialised. */
  grad(i: number): GpuArray;
}

/**
 * One op: shape rule and launches. Inputs are positional; an absent optional input is undefined. Its backward stands beside it
 * in the same file, as a value of its own, so that a bundle that only reads carries no gradients.
 */
export interface Op<A> {
  readonly name: string;
  forward(device: Device, inputs: readonly (GpuArray | undefined)[], attrs: A): Forward;
  /** For an op outside this room; the shipped ops have theirs in the table of gradients.ts. */
  readonly backward?: Backward<A>;
}

/** The gradient of each input, in order; undefined where `needs` is false. May return `dy` itself (never written to). */
export type Backward<A> = (call: BackwardCall<A>) => readonly (GpuArray | undefined)[];

/** Names an op's type once, so that attributes are inferred. */
export function defineOp<A>(op: Op<A>): Op<A> {
  return op;
}

/** An input that must be there. */
export function need(input: GpuArray | undefined, op: string, name: string): GpuArray {
  if (!input) throw new TypeError(`${op}: input ${name} is missing`);
  return input;
}
