import { MAP_READ, usage } from './instance.ts';

/** Bytes of idle buffers that a device keeps. */
const KEPT_BYTES = 32 * 1024 * 1024;
const SMALLEST = 4096;

/**
 * Mappable buffers that carry results to the host, kept between reads: fresh memory costs a page fault every 4 KiB, which made a read of
 * 11 MB on a software adapter about as long again as the copy itself.
 */
export class Staging {
  private readonly idle: GPUBuffer[] = [];
  private idleBytes = 0;

  constructor(private readonly device: GPUDevice) {}

  /** A buffer of at least this many bytes, not mapped. It ends with `fetch` or `give`, or is destroyed. */
  take(bytes: number): GPUBuffer {
    const size = Math.max(SMALLEST, 2 ** Math.ceil(Math.log2(bytes)));
    const at = this.idle.findIndex((b) => b.size === size);
    if (at >= 0) {
      this.idleBytes -= size;
      return this.idle.splice(at, 1)[0];
    }
    // A size that no buffer may have, or that would not be kept, is not rounded.
    const wanted = size > KEPT_BYTES ? bytes : size;
    return this.device.createBuffer({ size: wanted, usage: usage.MAP_READ | usage.COPY_DST });
  }

  /** Copies the first `bytes` of a buffer to the host, once the GPU has filled it, and keeps the buffer; rejects where it cannot be mapped. */
  async fetch(buffer: GPUBuffer, bytes: number): Promise<ArrayBuffer> {
    await buffer.mapAsync(MAP_READ, 0, bytes);
    const copy = buffer.getMappedRange(0, bytes).slice(0);
    buffer.unmap();
    this.give(buffer);
    return copy;
  }

  /** Keeps an unmapped buffer for later; the oldest go when there are too many. */
  give(buffer: GPUBuffer): void {
    if (buffer.size > KEPT_BYTES) {
      buffer.destroy();
      return;
    }
    this.idle.push(buffer);
    this.idleBytes += buffer.size;
    while (this.idleBytes > KEPT_BYTES) {
      const oldest = this.idle.shift();
      if (!oldest) return;
      this.idleBytes -= oldest.size;
      oldest.destroy();
    }
  }

  /** Destroys what is idle. */
  trim(): void {
    for (const buffer of this.idle) buffer.destroy();
    this.idle.length = 0;
    this.idleBytes = 0;
  }
}
