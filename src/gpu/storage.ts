import { byteSize, type Dtype, type Shape, sizeOf } from './array.ts';
import type { Device } from './device.ts';
import type { BufferPool, GpuBuffer } from './pool.ts';

/** Reference-counted device memory; the last release gives the buffer back to its pool. */
export class Storage {
  private refs = 1;
  private constructor(
    readonly buffer: GpuBuffer,
    private readonly pool: BufferPool | undefined,
  ) {}

  static allocate(device: Device, shape: Shape, dtype: Dtype): Storage {
    const { buffer, pool } = device.acquire(byteSize(sizeOf(shape), dtype));
    return new Storage(buffer, pool);
  }

  retain(): this {
    this.refs++;
    return this;
  }

  release(): void {
    if (--this.refs === 0) this.pool?.release(this.buffer);
  }
}
