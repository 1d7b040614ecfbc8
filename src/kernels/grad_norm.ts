import { ceilDiv, type Device, DeviceArray, type GpuArray, linearGrid } from '../gpu/index.ts';
import * as wgsl from './wgsl.gen.ts';

/** Writes clip = [min(1, maxNorm / (norm + 1e-6)), norm], the norm over all of `g`; [-1, -1] where it is not finite. */
export function gradNorm(device: Device, g: GpuArray, maxNorm: number, clip: GpuArray): void {
  const groups = ceilDiv(g.size, 64 * 32);
  device.scoped(() => {
    const partial = DeviceArray.empty(device, [Math.max(1, groups), 2]);
    device.launch({
      kernel: wgsl.grad_norm,
      arrays: { g, partial },
      params: { n: g.size, groups },
      grid: linearGrid(groups),
    });
    device.launch({
      kernel: wgsl.grad_norm_total,
      arrays: { partial, clip },
      params: { groups, maxNorm },
      grid: [1, 1, 1],
    });
  });
}

/** g *= clip[0], where it is not negative. */
export function gradClip(device: Device, g: GpuArray, clip: GpuArray): void {
  device.launch({
    kernel: wgsl.grad_clip,
    arrays: { clip, g },
    params: { n: g.size },
    grid: linearGrid(ceilDiv(g.size, 64)),
  });
}
