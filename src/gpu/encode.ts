import {
  type Command,
  type DispatchCommand,
  MAX_DISPATCHES,
  type Prepared,
  type PreparedItem,
  SLOT_BYTES,
} from './commands.ts';
import { usage } from './instance.ts';
import type { PipelineCache } from './pipelines.ts';
import type { Profile } from './profile.ts';

/** Turns recorded commands into submits: one encoder, one compute pass while possible. */
export class Encoder {
  private readonly ring: GPUBuffer;
  private readonly ringGroup: GPUBindGroup;
  private readonly staging = new Uint8Array(MAX_DISPATCHES * SLOT_BYTES);
  private readonly groups = new Map<string, GPUBindGroup>();
  private encoder: GPUCommandEncoder | undefined;
  private pass: GPUComputePassEncoder | undefined;
  private slots = 0;
  private count = 0;
  /** Dispatches encoded since the start, for `lexel bench --dispatches`. */
  dispatches = 0;
  submits = 0;
  /** Times passes from mark to mark. */
  profile: Profile | undefined;

  constructor(
    private readonly device: GPUDevice,
    private readonly pipelines: PipelineCache,
  ) {
    this.ring = device.createBuffer({
      label: 'params ring',
      size: MAX_DISPATCHES * SLOT_BYTES,
      usage: usage.UNIFORM | usage.COPY_DST,
    });
    this.ringGroup = pipelines.paramsGroup(this.ring);
  }

  /** Forgets bind groups, which hold their buffers alive. */
  dropGroups(): void {
    this.groups.clear();
  }

  /** Encodes and submits everything; waits only where the host's clock times the parts. Every pipeline must be compiled. */
  execute(commands: readonly Command[]): Promise<void> | undefined {
    const timed = this.profile?.runTimed(commands, (part) => this.run(part));
    if (!timed) this.run(commands);
    return timed;
  }

  private run(commands: readonly Command[]): void {
    for (const c of commands) {
      if (c.kind === 'dispatch') {
        if (this.slots === MAX_DISPATCHES) this.submit();
        this.staging.set(c.params, this.slots * SLOT_BYTES);
        const pass = this.openPass();
        pass.setPipeline(this.pipelineOf(c).raw);
        pass.setBindGroup(0, this.groupOf(c));
        pass.setBindGroup(1, this.ringGroup, [this.slots * SLOT_BYTES]);
        pass.dispatchWorkgroups(c.grid[0], c.grid[1], c.grid[2]);
        this.slots++;
        this.count++;
        this.dispatches++;
      } else if (c.kind === 'replay') this.runPrepared(c.list);
      else this.runPlain(c);
    }
    this.submit();
  }

  /** Resolves a list for repeated use; writes its params once. */
  prepare(commands: readonly Command[]): Prepared {
    const items: PreparedItem[] = [];
    const n = commands.filter((c) => c.kind === 'dispatch').length;
    const bytes = new Uint8Array(Math.max(1, n) * SLOT_BYTES);
    let slot = 0;
    for (const c of commands) {
      if (c.kind === 'dispatch') {
        bytes.set(c.params, slot * SLOT_BYTES);
        const p = this.pipelineOf(c);
        items.push({ kind: 'dispatch', pipeline: p.raw, label: p.label, group: this.groupOf(c), slot, grid: c.grid });
        slot++;
      } else if (c.kind === 'replay') items.push(...c.list.items);
      else items.push(c);
    }
    const params = this.device.createBuffer({
      label: 'replay params',
      size: bytes.byteLength,
      usage: usage.UNIFORM | usage.COPY_DST,
    });
    this.device.queue.writeBuffer(params, 0, bytes);
    return { items, params, paramsGroup: this.pipelines.paramsGroup(params) };
  }

  private runPrepared(list: Prepared): void {
    for (const c of list.items) {
      if (c.kind !== 'dispatch') {
        this.runPlain(c);
        continue;
      }
      const pass = this.openPass();
      pass.setPipeline(c.pipeline);
      pass.setBindGroup(0, c.group);
      pass.setBindGroup(1, list.paramsGroup, [c.slot * SLOT_BYTES]);
      pass.dispatchWorkgroups(c.grid[0], c.grid[1], c.grid[2]);
      this.count++;
      this.dispatches++;
    }
  }

  private runPlain(c: Exclude<Command, { kind: 'dispatch' | 'replay' }>): void {
    if (c.kind === 'write') {
      // writeBuffer acts before everything in a later submit: what was encoded so far must go first.
      if (this.count > 0) this.submit();
      this.device.queue.writeBuffer(c.buffer.raw, c.offset, c.data);
      return;
    }
    this.closePass();
    if (c.kind === 'mark') {
      this.profile?.mark(c.name);
      return;
    }
    const encoder = this.openEncoder();
    if (c.kind === 'copy') encoder.copyBufferToBuffer(c.from, c.fromOffset, c.to, c.toOffset, c.sizeBytes);
    else encoder.clearBuffer(c.buffer.raw, c.offset, c.sizeBytes);
    this.count++;
  }

  private pipelineOf(c: DispatchCommand) {
    const p = this.pipelines.peek(c.key);
    if (!p) throw new Error(`internal: ${c.key} is encoded before it is compiled`);
    return p;
  }

  private groupOf(c: DispatchCommand): GPUBindGroup {
    let key = c.key;
    for (const b of c.bound) key += `;${b.buffer.id}+${b.offset}:${b.sizeBytes}`;
    let group = this.groups.get(key);
    if (!group) {
      group = this.device.createBindGroup({
        label: c.kernel.name,
        layout: this.pipelineOf(c).layout,
        entries: c.bound.map((b, i) => ({
          binding: i,
          resource: { buffer: b.buffer.raw, offset: b.offset, size: b.sizeBytes },
        })),
      });
      if (this.groups.size > 8192) this.groups.clear();
      this.groups.set(key, group);
    }
    return group;
  }

  private openEncoder(): GPUCommandEncoder {
    this.encoder ??= this.device.createCommandEncoder();
    return this.encoder;
  }

  private openPass(): GPUComputePassEncoder {
    this.pass ??= this.openEncoder().beginComputePass(this.profile?.pass());
    return this.pass;
  }

  private closePass(): void {
    this.pass?.end();
    this.pass = undefined;
  }

  private submit(): void {
    this.closePass();
    if (this.slots > 0) this.device.queue.writeBuffer(this.ring, 0, this.staging, 0, this.slots * SLOT_BYTES);
    if (this.encoder) {
      this.device.queue.submit([this.encoder.finish()]);
      this.submits++;
    }
    this.encoder = undefined;
    this.slots = 0;
    this.count = 0;
  }
}
