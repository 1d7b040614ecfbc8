import { type AdapterSummary, type DeviceOptions, openAdapter } from './adapter.ts';
import { byteSize, type GpuArray, type HostArray, hostArray } from './array.ts';
import { buffersOf, type Command, dispatchCommand, dispatchesIn, type Prepared } from './commands.ts';
import { Encoder } from './encode.ts';
import { ArgumentError, DeviceLostError, DisposedError, OutOfMemoryError, ShaderError } from './errors.ts';
import { type KernelSource, type Launch, MAX_GRID } from './kernel.ts';
import { PipelineCache, pipelineKey } from './pipelines.ts';
import { BufferPool, type GpuBuffer, type MemoryReport } from './pool.ts';
import type { Profile } from './profile.ts';
import { type Replay, replayOf } from './replay.ts';
import { firstLine, inErrorScopes, isOutOfMemory, outOfMemory } from './scopes.ts';
import { Staging } from './staging.ts';
import { Scopes, type Transient, transientsIn } from './transient.ts';

/** A WebGPU device: buffers, pipelines, recorded work. Knows nothing of neural networks. */
export class Device implements AsyncDisposable {
  readonly adapter: AdapterSummary;
  readonly pipelines: PipelineCache;
  private readonly encoder: Encoder;
  private readonly mainPool: BufferPool;
  private readonly staging: Staging;
  private pool: BufferPool;
  private pending: Command[] = [];
  private tail: Promise<void> = Promise.resolve();
  /** Submits that wait for their turn or are on their way. */
  private queued = 0;
  private readonly scopes = new Scopes();
  private recording = false;
  private failure: Error | undefined;
  /** What the next submit is told: a buffer could not be made. */
  private refused: Error | undefined;
  private disposed = false;

  private constructor(
    readonly raw: GPUDevice,
    adapter: AdapterSummary,
    /** Held so that Dawn's instance is never collected while this device lives. */
    readonly gpu: GPU,
  ) {
    this.adapter = adapter;
    this.pipelines = new PipelineCache(raw, adapter.unrolls);
    this.encoder = new Encoder(raw, this.pipelines);
    this.mainPool = new BufferPool(raw, () => this.encoder.dropGroups());
    this.pool = this.mainPool;
    this.staging = new Staging(raw);
    raw.lost.then((info) => {
      if (this.disposed) return;
      this.failure = new DeviceLostError(`device: lost (${info.reason || 'unknown'}): ${info.message}`, {
        hint: 'Create a new device and load the weights again; training resumes from its checkpoint.',
      });
    });
    raw.addEventListener('uncapturederror', (event) => {
      const { error } = event as GPUUncapturedErrorEvent;
      // Memory that was asked for and not given fails its step; a smaller one may fit.
      if (isOutOfMemory(error)) this.refused = outOfMemory(error);
      else this.failure ??= new ShaderError(`device: ${firstLine(error.message)}`);
    });
  }

  /**
   * Opens the best adapter at hand.
   * @throws NoWebGpuError when there is none, or only a null adapter, which computes nothing.
   */
  static async create(options: DeviceOptions = {}): Promise<Device> {
    const { raw, summary, gpu } = await openAdapter(options);
    return new Device(raw, summary, gpu);
  }

  /** Bytes alive, pooled and at the peak. What recordings reserve counts: as alive what they return, as pooled the rest. */
  memory(): MemoryReport {
    return this.mainPool.report();
  }

  /** Counters since the device was opened. */
  stats(): { dispatches: number; submits: number; compiled: number } {
    return {
      dispatches: this.encoder.dispatches,
      submits: this.encoder.submits,
      compiled: this.pipelines.compiled,
    };
  }

  /** Takes over a profile; see `startProfile`. @internal */
  setProfile(profile: Profile): void {
    this.profile?.dispose();
    this.encoder.profile = profile;
  }

  get profile(): Profile | undefined {
    return this.encoder.profile;
  }

  /** What is recorded from here on is another part of the work; nothing without a profile. */
  mark(name: string): void {
    if (this.encoder.profile) this.pending.push({ kind: 'mark', name });
  }

  /** Whether a step or a recording is under way, so that new tensors end with it. */
  get inStep(): boolean {
    return this.scopes.open;
  }

  acquire(bytes: number): { buffer: GpuBuffer; pool: BufferPool } {
    this.check();
    if (bytes > this.raw.limits.maxStorageBufferBindingSize)
      throw new OutOfMemoryError(
        `device: a tensor of ${bytes} bytes was asked for, this adapter binds at most ${this.raw.limits.maxStorageBufferBindingSize}`,
        { hint: 'Use a smaller batch.' },
      );
    return { buffer: this.pool.acquire(bytes), pool: this.pool };
  }

  /** Registers something with the step under way; false outside of one. */
  adopt(item: Transient): boolean {
    return this.scopes.add(item);
  }

  /** Records one kernel launch; an empty grid launches nothing. */
  launch<K extends KernelSource>(spec: Launch<K>): void {
    const { kernel, grid } = spec;
    if (grid[0] === 0 || grid[1] === 0 || grid[2] === 0) return;
    if (grid[0] > MAX_GRID || grid[1] > MAX_GRID || grid[2] > MAX_GRID)
      throw new ArgumentError(`${kernel.name}: grid ${grid.join(' x ')} exceeds ${MAX_GRID} workgroups a dimension`);
    const { w } = spec.arrays as { w?: GpuArray };
    const variant = w?.dtype === 'f16' ? { ...spec.variant, halfWeights: true } : spec.variant;
    const key = pipelineKey(kernel, variant);
    if (!this.pipelines.peek(key)) this.pipelines.get(kernel, variant, key).catch(() => undefined);
    this.pending.push(dispatchCommand({ ...spec, variant }, key));
  }

  /** Records a host-to-device write; ordered with the launches around it. */
  write(to: GpuArray, data: HostArray | Uint8Array): void {
    this.check();
    const bytes = new Uint8Array(data.byteLength);
    bytes.set(new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength));
    if (bytes.byteLength === 0) return;
    this.pending.push({ kind: 'write', buffer: to.buffer, offset: to.offset, data: bytes });
  }

  /** Records zeroing of an array. */
  clear(a: GpuArray): void {
    if (a.size > 0)
      this.pending.push({ kind: 'clear', buffer: a.buffer, offset: a.offset, sizeBytes: byteSize(a.size, a.dtype) });
  }

  /** Records a copy of `from` into `to` (same number of elements). */
  copy(from: GpuArray, to: GpuArray): void {
    const sizeBytes = byteSize(from.size, from.dtype);
    if (sizeBytes === 0) return;
    if (from.buffer !== to.buffer) {
      this.pushCopy(from.buffer, from.offset, to.buffer, to.offset, sizeBytes);
      return;
    }
    // WebGPU refuses a copy within one buffer (two slices of an optimiser's flat gradient): through a third one then.
    if (from.offset === to.offset) return;
    const { buffer, pool } = this.acquire(sizeBytes);
    this.pushCopy(from.buffer, from.offset, buffer, 0, sizeBytes);
    this.pushCopy(buffer, 0, to.buffer, to.offset, sizeBytes);
    pool.release(buffer);
  }

  private pushCopy(from: GpuBuffer, fromOffset: number, to: GpuBuffer, toOffset: number, sizeBytes: number): void {
    this.pending.push({
      kind: 'copy',
      from: from.raw,
      fromOffset,
      to: to.raw,
      toOffset,
      sizeBytes,
      buffers: [from, to],
    });
  }

  /**
   * Runs `body`, which must be synchronous, and submits what it recorded. Tensors made inside end with it, except
   * those it returns (alone, in an array or in a plain object).
   * @throws what went wrong on the device, with the kernel's label.
   */
  async step<T>(body: () => T): Promise<T> {
    this.check();
    const value = this.scoped(body);
    await this.flush();
    return value;
  }

  /** `step` without the submit: tensors made inside end, except those returned. */
  scoped<T>(body: () => T): T {
    return this.scopes.run(body);
  }

  /**
   * Records `body` once, to be run many times with new contents of the same tensors. Its buffers stay reserved until
   * `dispose()`. Host values read inside the body (a learning rate, a step number) are frozen: keep them in tensors.
   * @param onCompiled told after each kernel that had to be compiled
   */
  async record<T>(body: () => T, onCompiled?: (done: number, total: number) => void): Promise<Replay<T>> {
    if (this.recording) throw new ArgumentError('record: a recording cannot hold another one');
    // Work that others queue is theirs: it stands before the recording and is no part of it.
    const others = this.pending;
    this.pending = [];
    const pool = new BufferPool(this.raw, () => this.encoder.dropGroups(), this.mainPool.totals);
    this.pool = pool;
    this.recording = true;
    let value: T;
    let commands: Command[] = [];
    // What it binds stays as it is until it ends, though its owner may be gone by then.
    const held: GpuBuffer[] = [];
    const end = (kept?: T) =>
      this.whenIdle(() => {
        for (const t of transientsIn(kept)) t.dispose();
        for (const buffer of held) pool.totals.unhold(buffer);
        pool.close();
      });
    try {
      value = this.scoped(body);
      commands = this.pending;
      held.push(...buffersOf(commands));
      for (const buffer of held) pool.totals.hold(buffer);
    } catch (error) {
      end();
      throw error;
    } finally {
      this.pending = others;
      this.pool = this.mainPool;
      this.recording = false;
    }
    try {
      await this.pipelines.getAll(dispatchesIn(commands), onCompiled);
      const run = (list: Prepared) => {
        this.pending.push({ kind: 'replay', list });
        return this.flush();
      };
      const list = this.encoder.prepare(commands);
      return replayOf(value, list, run, () => {
        this.whenIdle(() => list.params.destroy());
        end(value);
      });
    } catch (error) {
      end(value);
      throw error;
    }
  }

  /** Submits everything recorded so far; resolves when its error scopes are clean (not when the GPU is done). */
  flush(): Promise<void> {
    if (this.recording) throw new ArgumentError('record: nothing can be read or awaited inside the body');
    const commands = this.pending;
    this.pending = [];
    const done = this.tail.then(() => this.execute(commands));
    this.queued++;
    const left = () => {
      this.queued--;
    };
    this.tail = done.then(left, left);
    return done;
  }

  /** Does what must not come between work that is queued and its submit. */
  private whenIdle(work: () => void): void {
    if (this.queued === 0) work();
    else void this.tail.then(() => this.whenIdle(work));
  }

  /** Resolves when the GPU has finished everything submitted. */
  async finish(): Promise<void> {
    await this.flush();
    await this.raw.queue.onSubmittedWorkDone();
    this.check();
  }

  /**
   * Copies an array back to the host.
   * @returns a fresh typed array of its dtype; f16 as f32.
   */
  async read(a: GpuArray): Promise<HostArray> {
    this.check();
    const bytes = byteSize(a.size, a.dtype);
    if (bytes === 0) return hostArray(a, new ArrayBuffer(0));
    const target = this.staging.take(bytes);
    const fromOffset = a.offset;
    this.pending.push({
      kind: 'copy',
      from: a.buffer.raw,
      fromOffset,
      to: target,
      toOffset: 0,
      sizeBytes: bytes,
      buffers: [a.buffer],
    });
    try {
      await this.flush();
      return hostArray(a, await this.staging.fetch(target, bytes));
    } catch (error) {
      target.destroy();
      this.check();
      throw error;
    }
  }

  /** Compiles kernels ahead of their first use, in parallel. */
  async warmup(
    kernels: readonly { kernel: KernelSource; variant?: Launch<KernelSource>['variant'] }[],
    onProgress?: (done: number, total: number) => void,
  ): Promise<void> {
    await this.pipelines.getAll(kernels, onProgress);
  }

  /** Gives pooled buffers back to the driver. */
  async trim(): Promise<void> {
    do await this.finish();
    while (this.queued > 0 || this.pending.length > 0);
    this.staging.trim();
    this.mainPool.trim();
  }

  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    this.failure ??= new DisposedError('device: already disposed');
    this.raw.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.tail;
    this.dispose();
  }

  /** @throws the error that ended this device, if any. */
  check(): void {
    if (this.failure) throw this.failure;
  }

  private async execute(commands: readonly Command[]): Promise<void> {
    this.check();
    const { refused } = this;
    this.refused = undefined;
    if (refused) throw refused;
    if (commands.length === 0) return;
    await this.pipelines.getAll(dispatchesIn(commands));
    await inErrorScopes(
      this.raw,
      () => this.check(),
      () => this.encoder.execute(commands),
    );
  }
}
