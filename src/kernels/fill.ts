import { ceilDiv, type Device, DeviceArray, linearGrid, type Shape } from '../gpu/index.ts';
import * as wgsl from './wgsl.gen.ts';

/** A new array whose every element is `value`. */
export function fill(device: Device, shape: Shape, value: number): DeviceArray {
  const y = DeviceArray.empty(device, shape);
  device.launch({
    kernel: wgsl.fill,
    arrays: { y },
    params: { n: y.size, value },
    grid: linearGrid(ceilDiv(y.size, 64)),
  });
  return y;
}
