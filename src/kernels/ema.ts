import { ceilDiv, type Device, type GpuArray, linearGrid } from '../gpu/index.ts';
import * as wgsl from './wgsl.gen.ts';

/** y += rate (x - y), element by element; both of one size. */
export function ema(device: Device, y: GpuArray, x: GpuArray, rate: number): void {
  device.launch({
    kernel: wgsl.ema,
    arrays: { x, y },
    params: { n: y.size, rate },
    grid: linearGrid(ceilDiv(y.size, 64)),
  });
}
