import { LexelError, ShaderError } from './errors.ts';
import { STAGE_COMPUTE } from './instance.ts';
import type { KernelSource, Variant } from './kernel.ts';

/** A compiled kernel and the layout its arrays are bound with. */
export interface Pipeline {
  readonly key: string;
  readonly label: string;
  readonly raw: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

/** What has been asked for and may still be compiling. */
interface Entry {
  ready?: Pipeline;
  pending: Promise<Pipeline>;
}

/** The cache key: kernel name and variant, never shapes, so that a new image size compiles nothing. */
export function pipelineKey(kernel: KernelSource, variant: Variant | undefined): string {
  if (!variant) return kernel.name;
  const part = (r: Record<string, number | undefined> | undefined) =>
    r
      ? Object.keys(r)
          .sort()
          .map((k) => `${k}=${r[k]}`)
          .join(',')
      : '';
  return `${kernel.name}|${part(variant.consts)}|${part(variant.overrides)}${variant.unroll ? '|unrolled' : ''}${variant.halfWeights ? '|f16' : ''}`;
}

/** Replaces `const NAME = 1u;` lines by the variant's values. */
export function specialise(kernel: KernelSource, variant: Variant | undefined): string {
  let code = kernel.code;
  for (const [name, value] of Object.entries((variant?.consts ?? {}) as Record<string, number>)) {
    const line = new RegExp(`^const ${name} ?= ?\\d+u;`, 'm');
    if (!line.test(code))
      throw new ShaderError(`${kernel.name}: variant sets const ${name}, which the shader does not declare`);
    code = code.replace(line, `const ${name} = ${value}u;`);
  }
  return code;
}

/** A kernel in one variant. */
export interface Wanted {
  readonly kernel: KernelSource;
  readonly variant?: Variant;
  readonly key?: string;
}

/** Compiles each kernel variant once, in parallel and off the main thread where the platform can. */
export class PipelineCache {
  private readonly entries = new Map<string, Entry>();
  private readonly layouts = new Map<string, GPUBindGroupLayout>();
  private readonly paramsLayout: GPUBindGroupLayout;
  compiled = 0;

  constructor(
    private readonly device: GPUDevice,
    /** Whether loops over register tiles are unrolled in the text, for a driver that does not. */
    private readonly unrolls = false,
  ) {
    this.paramsLayout = device.createBindGroupLayout({
      label: 'params',
      entries: [{ binding: 0, visibility: STAGE_COMPUTE, buffer: { type: 'uniform', hasDynamicOffset: true } }],
    });
  }

  /** The bind group of group 1 over a params buffer; a slot is chosen by dynamic offset. */
  paramsGroup(buffer: GPUBuffer): GPUBindGroup {
    return this.device.createBindGroup({
      label: 'params',
      layout: this.paramsLayout,
      entries: [{ binding: 0, resource: { buffer, size: 256 } }],
    });
  }

  /** Kernels compiled so far, in any variant. */
  get kernels(): ReadonlySet<string> {
    return new Set([...this.entries.values()].flatMap((e) => (e.ready ? [e.ready.label] : [])));
  }

  /** The pipeline if it is compiled already. */
  peek(key: string): Pipeline | undefined {
    return this.entries.get(key)?.ready;
  }

  /**
   * Starts compiling, or returns what is there.
   * @throws ShaderError naming kernel, variant, line and the offending text.
   */
  get(kernel: KernelSource, variant: Variant | undefined, key = pipelineKey(kernel, variant)): Promise<Pipeline> {
    const known = this.entries.get(key);
    if (known) return known.pending;
    const entry: Entry = {
      pending: this.compile(kernel, variant, key).then((p) => {
        entry.ready = p;
        return p;
      }),
    };
    entry.pending.catch(() => this.entries.delete(key));
    this.entries.set(key, entry);
    return entry.pending;
  }

  /**
   * Compiles what is not yet there, in parallel.
   * @param onCompiled told after each
   * @throws ShaderError
   */
  async getAll(wanted: readonly Wanted[], onCompiled?: (done: number, total: number) => void): Promise<void> {
    const missing = new Map<string, Promise<unknown>>();
    for (const { kernel, variant, key = pipelineKey(kernel, variant) } of wanted)
      if (!this.peek(key)) missing.set(key, this.get(kernel, variant, key));
    let done = 0;
    await Promise.all([...missing.values()].map((p) => p.then(() => onCompiled?.(++done, missing.size))));
  }

  private layoutFor(kernel: KernelSource): GPUBindGroupLayout {
    const key = kernel.bindings.map((b) => (b.access === 'read' ? 'r' : 'w')).join('');
    let layout = this.layouts.get(key);
    if (!layout) {
      layout = this.device.createBindGroupLayout({
        label: `arrays ${key}`,
        entries: kernel.bindings.map((b, i) => ({
          binding: i,
          visibility: STAGE_COMPUTE,
          buffer: { type: b.access === 'read' ? 'read-only-storage' : 'storage' },
        })),
      });
      this.layouts.set(key, layout);
    }
    return layout;
  }

  private async compile(kernel: KernelSource, variant: Variant | undefined, key: string): Promise<Pipeline> {
    const special = specialise(kernel, variant) + ((await kernel.rest?.()) ?? '');
    // Few drivers need it; the others do not load it.
    const plain = this.unrolls || variant?.unroll ? (await import('./unroll.ts')).unroll(special) : special;
    const code = variant?.halfWeights ? (await import('./half-weights.ts')).withHalfWeights(kernel.name, plain) : plain;
    // Its own scope: a shader error belongs to this kernel, not to the device as a whole.
    this.device.pushErrorScope('validation');
    // The pipeline's rejection says it with kernel and line; an uncaptured error would end the device.
    this.device.pushErrorScope('validation');
    const module = this.device.createShaderModule({ label: key, code });
    this.device.popErrorScope().catch(() => undefined);
    const scope = this.device.popErrorScope().catch(() => null);
    const layout = this.layoutFor(kernel);
    try {
      const raw = await this.device.createComputePipelineAsync({
        label: key,
        layout: this.device.createPipelineLayout({ bindGroupLayouts: [layout, this.paramsLayout] }),
        compute: { module, constants: (variant?.overrides ?? {}) as Record<string, number> },
      });
      this.compiled++;
      return { key, label: kernel.name, raw, layout };
    } catch (cause) {
      if (cause instanceof LexelError) throw cause;
      await scope;
      const info = await module.getCompilationInfo();
      const first = info.messages.find((m) => m.type === 'error');
      const excerpt = first ? (code.split('\n')[first.lineNum - 1] ?? '').trim() : '';
      const where = first
        ? `line ${first.lineNum}: ${first.message} in "${excerpt}"`
        : String((cause as Error).message).split('\n')[0];
      throw new ShaderError(`${kernel.name}: the shader (${key}) did not compile: ${where}`, {
        hint: 'Run `lexel doctor` and report its output together with the adapter.',
        cause,
      });
    }
  }
}
