import type { Command, PreparedItem } from './commands.ts';
import { usage } from './instance.ts';

/** Passes timed between two reads; a query set holds at most 4,096 timestamps. */
const PASSES = 2048;

/** A part of recorded work by the name of its mark, in milliseconds. */
export type PartTimes = ReadonlyMap<string, number>;

/**
 * Times recorded work from mark to mark (`device.mark`): by timestamps at the bounds of compute passes where the device has them, else by
 * the host, which then waits for the GPU at each mark.
 */
export class Profile {
  /** `gpu`: timestamps; `host`: waits at marks, which costs some of what it measures. */
  readonly clock: 'gpu' | 'host';
  /** Passes since the last read that found no place; their time is missing. */
  lost = 0;
  private readonly set: GPUQuerySet | undefined;
  private readonly times = new Map<string, number>();
  private passes: string[] = [];
  private name = '';

  constructor(
    private readonly device: GPUDevice,
    timestamps: boolean,
  ) {
    this.clock = timestamps && device.features.has('timestamp-query') ? 'gpu' : 'host';
    if (this.clock === 'gpu') this.set = device.createQuerySet({ type: 'timestamp', count: 2 * PASSES });
  }

  /** What follows is called `name`; an empty name ends the last part and begins none. */
  mark(name: string): void {
    this.name = name;
  }

  /** Counts time that was spent elsewhere. */
  add(name: string, ms: number): void {
    this.times.set(name, (this.times.get(name) ?? 0) + ms);
  }

  /** Descriptor of the compute pass that begins now. */
  pass(): GPUComputePassDescriptor | undefined {
    if (!this.set || this.name === '') return undefined;
    if (this.passes.length === PASSES) {
      this.lost++;
      return undefined;
    }
    const at = 2 * this.passes.push(this.name) - 2;
    return {
      timestampWrites: { querySet: this.set, beginningOfPassWriteIndex: at, endOfPassWriteIndex: at + 1 },
    };
  }

  /** The times since the profile was made. Call it now and then, when all work is submitted: it makes room for more passes. */
  async read(): Promise<PartTimes> {
    const { set, passes, device } = this;
    if (!set || passes.length === 0) return this.times;
    this.passes = [];
    const size = passes.length * 16;
    const resolved = device.createBuffer({ size, usage: usage.QUERY_RESOLVE | usage.COPY_SRC });
    const host = device.createBuffer({ size, usage: usage.COPY_DST | usage.MAP_READ });
    try {
      const encoder = device.createCommandEncoder();
      encoder.resolveQuerySet(set, 0, 2 * passes.length, resolved, 0);
      encoder.copyBufferToBuffer(resolved, 0, host, 0, size);
      device.queue.submit([encoder.finish()]);
      await host.mapAsync(1);
      const ticks = new BigUint64Array(host.getMappedRange());
      passes.forEach((name, i) => {
        // A timestamp may jump back where the GPU changes its clock.
        if (ticks[2 * i + 1] > ticks[2 * i]) this.add(name, Number(ticks[2 * i + 1] - ticks[2 * i]) / 1e6);
      });
    } finally {
      resolved.destroy();
      host.destroy();
    }
    return this.times;
  }

  /** On the host's clock: runs commands part by part and waits for each; nothing on the GPU's. */
  runTimed(commands: readonly Command[], run: (part: readonly Command[]) => void): Promise<void> | undefined {
    return this.clock === 'host' ? this.runParts(commands, run) : undefined;
  }

  private async runParts(commands: readonly Command[], run: (part: readonly Command[]) => void): Promise<void> {
    let begin = performance.now();
    for (const part of parts(commands)) {
      const [first] = part;
      run(part);
      await this.device.queue.onSubmittedWorkDone();
      const now = performance.now();
      if (first?.kind === 'mark') this.mark(first.name);
      if (this.name !== '') this.add(this.name, now - begin);
      begin = now;
    }
  }

  dispose(): void {
    this.set?.destroy();
  }
}

/** Commands cut before each mark, also those within a recording. */
function parts(commands: readonly Command[]): Command[][] {
  const out: Command[][] = [[]];
  for (const c of commands) {
    if (c.kind === 'mark') out.push([c]);
    else if (c.kind !== 'replay') out[out.length - 1].push(c);
    else {
      let items: PreparedItem[] = [];
      const end = () => {
        if (items.length > 0) out[out.length - 1].push({ kind: 'replay', list: { ...c.list, items } });
        items = [];
      };
      for (const item of c.list.items) {
        if (item.kind === 'mark') {
          end();
          out.push([item]);
        } else items.push(item);
      }
      end();
    }
  }
  return out.filter((part) => part.length > 0);
}
