import { type Dtype, type GpuArray, type HostArray, type Shape, showShape, sizeOf } from './array.ts';
import type { Device } from './device.ts';
import { DisposedError, ShapeError } from './errors.ts';
import type { GpuBuffer } from './pool.ts';
import { Storage } from './storage.ts';
import type { Transient } from './transient.ts';

/** An owned array. It ends with the step that made it, or with `dispose()`. */
export class DeviceArray implements GpuArray, Transient {
  readonly size: number;
  private alive = true;

  private constructor(
    readonly device: Device,
    readonly storage: Storage,
    readonly shape: Shape,
    readonly dtype: Dtype,
    readonly offset: number,
  ) {
    this.size = sizeOf(shape);
    device.adopt(this);
  }

  /** Uninitialised memory. */
  static empty(device: Device, shape: Shape, dtype: Dtype = 'f32'): DeviceArray {
    return new DeviceArray(device, Storage.allocate(device, shape, dtype), shape, dtype, 0);
  }

  static zeros(device: Device, shape: Shape, dtype: Dtype = 'f32'): DeviceArray {
    const a = DeviceArray.empty(device, shape, dtype);
    device.clear(a);
    return a;
  }

  /** @throws ShapeError when the data has another number of elements. */
  static from(device: Device, data: HostArray, shape: Shape): DeviceArray {
    if (data.length !== sizeOf(shape))
      throw new ShapeError(`tensor: shape ${showShape(shape)} holds ${sizeOf(shape)} values, got ${data.length}`);
    const dtype = data instanceof Float32Array ? 'f32' : data instanceof Int32Array ? 'i32' : 'u32';
    const a = DeviceArray.empty(device, shape, dtype);
    device.write(a, data);
    return a;
  }

  get buffer(): GpuBuffer {
    if (!this.alive)
      throw new DisposedError(`tensor: ${showShape(this.shape)} was used after its end`, {
        hint: 'Tensors made inside a step end with it: return those you need.',
      });
    return this.storage.buffer;
  }

  get disposed(): boolean {
    return !this.alive;
  }

  /** The same memory, or a part of it, under another shape. @param offset bytes from this array's start, a multiple of 256. */
  view(shape: Shape, offset = 0, dtype: Dtype = this.dtype): DeviceArray {
    const { device, storage } = this;
    if (!this.alive) void this.buffer;
    return new DeviceArray(device, storage.retain(), shape, dtype, this.offset + offset);
  }

  dispose(): void {
    if (!this.alive) return;
    this.alive = false;
    this.storage.release();
  }
}
