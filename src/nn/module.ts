import { Tensor } from '../autograd/index.ts';
import { FormatError, type HostArray, sameShape, showShape } from '../gpu/index.ts';

/** What `fold` does beyond merging. */
export interface FoldOptions {
  /** Stores the weights of products and convolutions in 16 bits too: half as much to fetch, computed in f32. Default false. */
  readonly half?: boolean;
}

/**
 * A layer or model: its own properties are its tensors and children. Tensors that require a gradient are parameters,
 * the others state (running statistics).
 */
export abstract class Module {
  /** Batch norm uses batch statistics and dropout drops while true. */
  training = true;

  /** Every tensor with its dotted name, in declaration order. */
  namedTensors(prefix = ''): Map<string, Tensor> {
    const all = new Map<string, Tensor>();
    const visit = (value: unknown, name: string): void => {
      if (value instanceof Tensor) all.set(name, value);
      else if (value instanceof Module) for (const [k, t] of value.namedTensors(name)) all.set(k, t);
      else if (Array.isArray(value)) for (const [i, v] of value.entries()) visit(v, `${name}.${i}`);
    };
    for (const [key, value] of Object.entries(this)) visit(value, prefix ? `${prefix}.${key}` : key);
    return all;
  }

  /** Child modules, direct ones first. */
  children(): Module[] {
    return Object.values(this).flatMap((v) =>
      v instanceof Module ? [v] : Array.isArray(v) ? v.filter((e): e is Module => e instanceof Module) : [],
    );
  }

  /** The tensors that are trained. */
  parameters(): Tensor[] {
    return [...this.namedParameters().values()];
  }

  namedParameters(): Map<string, Tensor> {
    return new Map([...this.namedTensors()].filter(([, t]) => t.requiresGrad));
  }

  /** Number of trained values. */
  parameterCount(): number {
    return this.parameters().reduce((n, p) => n + p.size, 0);
  }

  /** Switches this module and all below it between training and evaluation. */
  train(on = true): this {
    if (on) this.unfold();
    this.training = on;
    for (const c of this.children()) c.train(on);
    return this;
  }

  eval(): this {
    return this.train(false);
  }

  /**
   * Merges what evaluation allows to be merged (batch norm into the convolution before it). Holds until `unfold`, `train` or `load`;
   * the weights themselves stay as they are.
   * @throws UnsupportedError where `half` is asked of an adapter without 16-bit floats; `unfold` ends what was merged by then
   */
  fold(options?: FoldOptions): this {
    this.eval();
    for (const c of this.children()) c.fold(options);
    return this;
  }

  /** Goes back to the layers as they are. */
  unfold(): this {
    for (const c of this.children()) c.unfold();
    return this;
  }

  /** All tensors on the host: what a checkpoint holds. */
  async state(): Promise<Map<string, { shape: readonly number[]; data: HostArray }>> {
    const out = new Map<string, { shape: readonly number[]; data: HostArray }>();
    const entries = [...this.namedTensors()];
    const data = await Promise.all(entries.map(([, t]) => t.read()));
    entries.forEach(([name, t], i) => {
      out.set(name, { shape: t.shape, data: data[i] });
    });
    return out;
  }

  /**
   * Takes weights over.
   * @throws FormatError naming the first tensor that is missing or has another shape.
   */
  load(state: ReadonlyMap<string, { shape: readonly number[]; data: HostArray }>): void {
    this.unfold();
    const own = this.namedTensors();
    for (const [name, t] of own) {
      const given = state.get(name);
      if (!given) throw new FormatError(`weights: ${name} is missing`, { hint: 'The file is for another model.' });
      if (!sameShape(given.shape, t.shape))
        throw new FormatError(
          `weights: ${name} must be ${showShape(t.shape)}, the file has ${showShape(given.shape)}`,
          { hint: 'The file is for another model.' },
        );
    }
    for (const [name, t] of own) {
      const given = state.get(name);
      if (given) t.write(given.data);
    }
  }

  dispose(): void {
    this.unfold();
    // Children first: some hold tensors that are none of the model's.
    for (const c of this.children()) c.dispose();
    for (const t of this.namedTensors().values()) t.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
