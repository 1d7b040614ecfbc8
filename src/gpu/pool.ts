import { usage } from './instance.ts';

/** A device buffer with an identity that is stable across reuse. */
export interface GpuBuffer {
  readonly id: number;
  readonly raw: GPUBuffer;
  /** Size in bytes, a multiple of 16. */
  readonly sizeBytes: number;
}

export interface MemoryReport {
  /** Bytes held by tensors that are alive. */
  liveBytes: number;
  /** Bytes kept for reuse. */
  pooledBytes: number;
  /** Largest sum of live and pooled bytes so far. */
  peakBytes: number;
  /** Buffers alive and pooled. */
  buffers: number;
  /** Buffers created since the start: a steady step leaves it as it is. */
  created: number;
}

/** Sums over the pools of a device, and what recordings hold of them. */
export class PoolTotals {
  live = 0;
  pooled = 0;
  peak = 0;
  count = 0;
  made = 0;
  private readonly holders = new Map<number, number>();
  private readonly waiting = new Map<number, () => void>();

  /** From here on a buffer's release waits for `unhold`. */
  hold({ id }: GpuBuffer): void {
    this.holders.set(id, (this.holders.get(id) ?? 0) + 1);
  }

  unhold({ id }: GpuBuffer): void {
    const left = (this.holders.get(id) ?? 1) - 1;
    if (left > 0) {
      this.holders.set(id, left);
      return;
    }
    this.holders.delete(id);
    const release = this.waiting.get(id);
    this.waiting.delete(id);
    release?.();
  }

  /** Whether a release has to wait; then it is done later. */
  postpone({ id }: GpuBuffer, release: () => void): boolean {
    if (!this.holders.has(id)) return false;
    this.waiting.set(id, release);
    return true;
  }
}

/** Over all pools: identities key the bind group cache, which pools share. */
let nextId = 1;

/**
 * Buffers by exact size. Training repeats the same sizes step after step, so exact classes waste nothing
 * (ONNX Runtime #29016: power-of-two buckets took 5.1 GB where exact sizes took 3.7 GB).
 */
export class BufferPool {
  private readonly free = new Map<number, GpuBuffer[]>();
  private closed = false;

  /** @param totals shared with the other pools of the device */
  constructor(
    private readonly device: GPUDevice,
    private readonly onDestroy: (buffer: GpuBuffer) => void,
    readonly totals: PoolTotals = new PoolTotals(),
  ) {}

  /** @param bytes rounded up to a multiple of 16; never zero, since WebGPU cannot bind an empty range. */
  acquire(bytes: number): GpuBuffer {
    const size = Math.max(16, Math.ceil(bytes / 16) * 16);
    const kept = this.free.get(size)?.pop();
    this.totals.live += size;
    if (kept) {
      this.totals.pooled -= size;
      return kept;
    }
    const raw = this.device.createBuffer({
      size,
      usage: usage.STORAGE | usage.COPY_SRC | usage.COPY_DST,
    });
    this.totals.made++;
    this.totals.count++;
    this.totals.peak = Math.max(this.totals.peak, this.totals.live + this.totals.pooled);
    return { id: nextId++, raw, sizeBytes: size };
  }

  /** Takes a buffer back, once no recording holds it any more. */
  release(buffer: GpuBuffer): void {
    if (this.totals.postpone(buffer, () => this.release(buffer))) return;
    this.totals.live -= buffer.sizeBytes;
    this.totals.pooled += buffer.sizeBytes;
    if (this.closed) {
      this.drop(buffer);
      return;
    }
    const list = this.free.get(buffer.sizeBytes);
    if (list) list.push(buffer);
    else this.free.set(buffer.sizeBytes, [buffer]);
  }

  /** Gives the pooled buffers back to the driver. Call only when nothing recorded still uses them. */
  trim(): void {
    for (const list of this.free.values()) for (const b of list) this.drop(b);
    this.free.clear();
  }

  /** Trims, and from here on gives back to the driver whatever is released. */
  close(): void {
    this.closed = true;
    this.trim();
  }

  private drop(buffer: GpuBuffer): void {
    this.totals.pooled -= buffer.sizeBytes;
    this.totals.count--;
    this.onDestroy(buffer);
    buffer.raw.destroy();
  }

  /** Of all pools of the device. */
  report(): MemoryReport {
    return {
      liveBytes: this.totals.live,
      pooledBytes: this.totals.pooled,
      peakBytes: this.totals.peak,
      buffers: this.totals.count,
      created: this.totals.made,
    };
  }
}
