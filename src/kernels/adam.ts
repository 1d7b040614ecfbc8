import { ceilDiv, type Device, type GpuArray, linearGrid } from '../gpu/index.ts';
import * as wgsl from './wgsl.gen.ts';

/** What every optimiser kernel takes: flat arrays of one size, and small ones beside them. */
export interface FlatStep {
  /** Gradient, read only, [n]. */
  readonly g: GpuArray;
  /** Parameters, [n]. */
  readonly p: GpuArray;
  /** Clipping: coefficient and norm, [2]. */
  readonly clip: GpuArray;
  /** This step's scalars. */
  readonly hyper: GpuArray;
  /** 1 or 0 for each 64 elements: whether weight decay applies, [n / 64]. */
  readonly decays: GpuArray;
  /** Whether `decays` holds a 0 anywhere. */
  readonly masked: boolean;
}

/** Adam, AdamW and RAdam: hyper is size, root, epsilon, rectified, beta1, 1 - beta1, beta2, 1 - beta2, l2, decoupled decay. */
export function adam(device: Device, step: FlatStep & { m: GpuArray; v: GpuArray }): void {
  const { g, p, m, v, clip, hyper, decays } = step;
  device.launch({
    kernel: wgsl.adam,
    variant: { consts: { MASKED: Number(step.masked) } },
    arrays: { g, p, m, v, clip, hyper, decays },
    params: { n: p.size },
    grid: linearGrid(ceilDiv(p.size, 64 * 8)),
  });
}

/** Stochastic gradient descent: hyper is momentum, fresh, ahead, direct, l2. */
export function sgd(device: Device, step: FlatStep & { b: GpuArray; momentum: boolean }): void {
  const { g, p, b, clip, hyper, decays } = step;
  device.launch({
    kernel: wgsl.sgd,
    variant: { consts: { MOMENTUM: Number(step.momentum), MASKED: Number(step.masked) } },
    arrays: { g, p, b, clip, hyper, decays },
    params: { n: p.size },
    grid: linearGrid(ceilDiv(p.size, 64 * 8)),
  });
}
