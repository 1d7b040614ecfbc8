/** What lstm.ts and gru.ts share: shape rule, memory layout, launch shape, and the matrix products around the walk through time. */
import {
  ArgumentError,
  ceilDiv,
  type Device,
  DeviceArray,
  type GpuArray,
  type Shape,
  ShapeError,
  sameShape,
  showShape,
  sizeOf,
} from '../gpu/index.ts';
import { accumulate } from './accumulate.ts';
import { runMatmul } from './matmul.ts';
import { sumRowsInto } from './sum.ts';
import { chooseVariant, isSoftware, subgroupShape } from './variants.ts';

/** The weights of one direction. */
export interface Direction {
  readonly wih: GpuArray;
  readonly whh: GpuArray;
  readonly bih: GpuArray | undefined;
  readonly bhh: GpuArray | undefined;
}

/** Sizes of a layer, and where its parts lie; directions start at multiples of 64 elements, so that views are aligned. */
export interface RecurrentPlan {
  readonly x: GpuArray;
  readonly directions: readonly Direction[];
  readonly gates: number;
  readonly steps: number;
  readonly batch: number;
  readonly inputs: number;
  readonly hidden: number;
  readonly gateStride: number;
  readonly stateStride: number;
}

/** Where the next part of an array may start. */
export const aligned = (n: number) => Math.ceil(n / 64) * 64;

/**
 * The shape rule of a recurrent layer, inputs as [x, wih, whh, bih, bhh, wihR, whhR, bihR, bhhR, ...initial states].
 * @throws ShapeError, ArgumentError
 */
export function planRecurrent(
  op: string,
  gates: number,
  inputs: readonly (GpuArray | undefined)[],
  states: readonly string[],
): RecurrentPlan {
  const [x, wih, whh, bih, bhh, wihR, whhR, bihR, bhhR] = inputs;
  if (!x || !wih || !whh) throw new ArgumentError(`${op}: x, weightIh and weightHh are needed`);
  if (!wihR !== !whhR)
    throw new ArgumentError(`${op}: the reverse direction needs both weightIh and weightHh, got one of them`);
  if (!wihR && (bihR || bhhR)) throw new ArgumentError(`${op}: the reverse direction has a bias but no weights`);
  if (x.shape.length !== 3)
    throw new ShapeError(`${op}: x must be [T, B, I], got ${showShape(x.shape)}; put time first with permute`);
  const [steps, batch, width] = x.shape;
  if (steps === 0 || width === 0)
    throw new ShapeError(`${op}: x must have at least one time step and one feature, got ${showShape(x.shape)}`);
  const hidden = whh.shape.at(-1) ?? 0;
  if (hidden === 0)
    throw new ShapeError(`${op}: weightHh must be [${gates}*H, H] with H > 0, got ${showShape(whh.shape)}`);
  const rows = gates * hidden;
  const expect = (name: string, a: GpuArray | undefined, shape: Shape) => {
    if (a && !sameShape(a.shape, shape))
      throw new ShapeError(
        `${op}: ${name} must be ${showShape(shape)} for x ${showShape(x.shape)} and hidden size ${hidden}, got ${showShape(a.shape)}`,
      );
  };
  const pair = (suffix: string, list: readonly (GpuArray | undefined)[]) => {
    expect(`${suffix}weightHh`, list[1], [rows, hidden]);
    expect(`${suffix}weightIh`, list[0], [rows, width]);
    expect(`${suffix}biasIh`, list[2], [rows]);
    expect(`${suffix}biasHh`, list[3], [rows]);
  };
  pair('', [wih, whh, bih, bhh]);
  pair('reverse.', [wihR, whhR, bihR, bhhR]);
  const directions: Direction[] = [{ wih, whh, bih, bhh }];
  if (wihR && whhR) directions.push({ wih: wihR, whh: whhR, bih: bihR, bhh: bhhR });
  for (const [i, name] of states.entries()) expect(name, inputs[9 + i], [directions.length, batch, hidden]);
  // What products and the walk read as weights may be f16.
  for (const a of inputs)
    if (a && a.dtype !== 'f32' && !(a.dtype === 'f16' && [wih, wihR, inputs[9 + states.length]].includes(a)))
      throw new ArgumentError(`${op}: all inputs must be f32, got ${a.dtype}`);
  return {
    x,
    directions,
    gates,
    steps,
    batch,
    inputs: width,
    hidden,
    gateStride: aligned(steps * batch * rows),
    stateStride: aligned(steps * batch * hidden),
  };
}

/** A part of an array; the start in elements is a multiple of 64. */
export function part(a: GpuArray, start: number, shape: Shape): GpuArray {
  return { buffer: a.buffer, offset: a.offset + start * 4, shape, dtype: a.dtype, size: sizeOf(shape) };
}

/** Memory for the gates [D][T, B, G*H] and, behind them, one more state [D][T, B, H] (LSTM: entering cells; GRU: W_hn h + b_hn). */
export function emptyGates(device: Device, p: RecurrentPlan): DeviceArray {
  return DeviceArray.empty(device, [p.directions.length * (p.gateStride + p.stateStride)]);
}

/** Memory for the state that enters each step, [D][T, B, H]. */
export function emptyStates(device: Device, p: RecurrentPlan): DeviceArray {
  return DeviceArray.empty(device, [p.directions.length * p.stateStride]);
}

export function gatesOf(p: RecurrentPlan, gates: GpuArray, d: number): GpuArray {
  return part(gates, d * p.gateStride, [p.steps * p.batch, p.gates * p.hidden]);
}

/** gates[d] = x W_ih^T + b_ih for all time steps at once. */
export function projectInputs(device: Device, p: RecurrentPlan, gates: GpuArray): void {
  p.directions.forEach((dir, d) => {
    runMatmul(device, p.x, dir.wih, gatesOf(p, gates, d), {
      m: p.steps * p.batch,
      n: p.gates * p.hidden,
      k: p.inputs,
      transB: true,
      bias: dir.bih,
    });
  });
}

/** How a walk through time is launched on this device. */
export interface WalkShape {
  readonly subgroup: boolean;
  readonly rows: number;
  readonly units: number;
  readonly chunk: number;
  readonly overrides: { readonly WG: number; readonly LOCAL: number; readonly SHARED: number };
  readonly groups: number;
}

/** Workgroup memory that every WebGPU device has, in floats. */
const LOCAL_FLOATS = 4096;

function powerOfTwo(n: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, n)));
}

/** Parts of a walk's shape that tests and benchmarks set; absent ones are chosen by adapter. */
export interface WalkTuning {
  readonly rows?: number;
  readonly units?: number;
  readonly workgroup?: number;
  /** Whether the state is kept in workgroup memory where it fits. */
  readonly local?: boolean;
  /** Whether an LSTM walks by tall tiles where the device has them; absent where others are set: no. */
  readonly tall?: boolean;
}

const tunings = new WeakMap<Device, WalkTuning>();

/** Shapes every recurrent walk on this device by hand (tests and benchmarks); undefined chooses again by adapter. */
export function tuneWalk(device: Device, tuning: WalkTuning | undefined): void {
  if (tuning) tunings.set(device, tuning);
  else tunings.delete(device);
}

export function walkTuning(device: Device): WalkTuning | undefined {
  return tunings.get(device);
}

/** @param width values a row keeps for the workgroup: the state forward, its gate gradients backward. */
export function walkShape(device: Device, p: RecurrentPlan, width: number): WalkShape {
  const subgroup = chooseVariant(device) === 'subgroup';
  const { workgroup, chunk } = subgroupShape(device);
  const software = isSoftware(device);
  const dirs = p.directions.length;
  const tuning = tunings.get(device) ?? {};
  // A software adapter has few cores and slow loads: tall tiles. A GPU has many cores to fill: short ones.
  const limit = software ? 16 : p.batch * dirs >= 1024 ? 8 : 4;
  let rows = tuning.rows ?? Math.min(limit, powerOfTwo(software ? (p.batch * dirs) / 2 : p.batch));
  const wg = tuning.workgroup ?? (software ? workgroup || 8 : Math.min(256, ceilDiv(p.hidden, 32) * 32));
  const local = (tuning.local ?? !software) && width <= LOCAL_FLOATS;
  while (local && rows * width > LOCAL_FLOATS) rows /= 2;
  const units = tuning.units ?? Math.min(4, powerOfTwo(ceilDiv(p.hidden, wg)));
  return {
    subgroup,
    rows,
    units,
    chunk,
    overrides: { WG: wg, LOCAL: local ? 1 : 0, SHARED: local ? rows * width : 1 },
    groups: ceilDiv(p.batch, rows) * dirs,
  };
}

/** The params that every walk shares. */
export function walkParams(p: RecurrentPlan, wStride: number) {
  const dirs = p.directions.length;
  return {
    steps: p.steps,
    batch: p.batch,
    hidden: p.hidden,
    dirs,
    gateStride: p.gateStride,
    cellBase: dirs * p.gateStride,
    stateStride: p.stateStride,
    wStride,
  };
}

/** Where the gradient of a final state starts: copied into `carry` when there is one. */
export function startCarry(device: Device, given: GpuArray | undefined, carry: GpuArray): number {
  if (!given) return 0;
  device.copy(given, carry);
  return 1;
}

/**
 * Gradients of x, the weights and the biases from those of the gates.
 * @param dx gradients of the input half of the gates, @param dh of the recurrent half (the same array for an LSTM).
 */
export function weightGradients(
  device: Device,
  p: RecurrentPlan,
  dxGates: GpuArray,
  dhGates: GpuArray,
  entering: GpuArray,
  needs: readonly boolean[],
  grad: (i: number) => GpuArray,
): (GpuArray | undefined)[] {
  const rows = p.steps * p.batch;
  const width = p.gates * p.hidden;
  const out: (GpuArray | undefined)[] = new Array(9).fill(undefined);
  if (needs[0]) {
    const dx = grad(0);
    p.directions.forEach((dir, d) => {
      const to = d === 0 ? dx : DeviceArray.empty(device, p.x.shape);
      runMatmul(device, gatesOf(p, dxGates, d), dir.wih, to, { m: rows, n: p.inputs, k: width });
      if (d > 0) accumulate(device, dx, to);
    });
    out[0] = dx;
  }
  p.directions.forEach((_, d) => {
    const [wih, whh, bih, bhh] = [1, 2, 3, 4].map((i) => i + 4 * d);
    const forX = gatesOf(p, dxGates, d);
    const forH = gatesOf(p, dhGates, d);
    if (needs[wih]) {
      out[wih] = grad(wih);
      runMatmul(device, forX, p.x, out[wih], { m: width, n: p.inputs, k: rows, transA: true });
    }
    if (needs[whh]) {
      out[whh] = grad(whh);
      const states = part(entering, d * p.stateStride, [rows, p.hidden]);
      runMatmul(device, forH, states, out[whh], { m: width, n: p.hidden, k: rows, transA: true });
    }
    if (needs[bih]) {
      out[bih] = grad(bih);
      sumRowsInto(device, forX, rows, width, out[bih]);
    }
    if (needs[bhh]) {
      out[bhh] = grad(bhh);
      if (out[bih] && dxGates === dhGates) device.copy(out[bih], out[bhh]);
      else sumRowsInto(device, forH, rows, width, out[bhh]);
    }
  });
  return out;
}
