import { ceilDiv, type Device, type GpuArray, linearGrid } from '../gpu/index.ts';
import * as wgsl from './wgsl.gen.ts';

/** y += x, element by element; both of one size. */
export function accumulate(device: Device, y: GpuArray, x: GpuArray): void {
  device.launch({
    kernel: wgsl.accumulate,
    arrays: { x, y },
    params: { n: y.size },
    grid: linearGrid(ceilDiv(y.size, 64)),
  });
}
