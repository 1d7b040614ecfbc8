import type { Tensor } from '../autograd/index.ts';
import { ArgumentError, type Device, type GpuArray, type HostArray } from '../gpu/index.ts';
import { adam, sgd } from '../kernels/index.ts';
import { type FlatOptions, FlatParameters } from './flat.ts';
import { adamHyper, type Dialect, radamHyper, sgdHyper } from './hyper.ts';

export type { Dialect } from './hyper.ts';

/** The name of the average among the moments of a parameter. */
export const AVERAGE = 'average';

/**
 * An average that began at zero, without the zero: divided by the weight that its values have in all, as Adam does with its moments.
 * @param steps steps that went into it, at least 1
 */
export function unbiased(average: Float32Array, decay: number, steps: number): Float32Array {
  const weight = 1 - decay ** steps;
  return average.map((v) => v / weight);
}

export interface OptimizerOptions extends FlatOptions {
  /** Learning rate until `prepareStep` is given another one. */
  lr?: number;
  /** Largest norm over all gradients together; no clipping when absent. */
  clipNorm?: number;
  weightDecay?: number;
  /** Decay of an exponential moving average of the parameters, which `withAverage` lends; no average when absent. */
  average?: number;
}

export interface AdamOptions extends OptimizerOptions {
  /** Default [0.9, 0.999]. */
  betas?: readonly [number, number];
  /** Default 1e-8 (torch) or 1e-7 (keras). */
  eps?: number;
  /** Whose formulas to follow where PyTorch and Keras differ; default torch. */
  dialect?: Dialect;
}

export interface SgdOptions extends OptimizerOptions {
  /** Default 0. */
  momentum?: number;
  /** Default 0; not in the keras dialect. */
  dampening?: number;
  /** Default false. */
  nesterov?: boolean;
  /** torch: the rate multiplies the velocity; keras: it is inside it. They differ when the rate changes. Default torch. */
  dialect?: Dialect;
}

/**
 * Moves parameters against their gradients. All parameters move into one flat array, so that a step is one launch
 * whatever their number; so do their gradients, which backward writes in place.
 *
 * A step has two halves: `prepareStep` writes the scalars of the coming step (host; outside of a recording), `step`
 * records the launches (inside). A parameter that no backward has reached keeps its last gradient: `zeroGrad`.
 */
export abstract class Optimizer {
  /** The learning rate of the last `prepareStep`. */
  lr: number;
  /** Largest norm over all gradients together; undefined: no clipping. */
  readonly clipNorm: number | undefined;
  protected readonly flat: FlatParameters;
  protected readonly hyper: GpuArray;
  private readonly moments = new Map<string, GpuArray>();
  private readonly average: { readonly array: GpuArray; readonly decay: number } | undefined;
  private steps = 0;

  /**
   * @param params leaves that require a gradient; they move into the optimiser's memory and stay usable after it.
   * @throws ArgumentError
   */
  protected constructor(
    readonly device: Device,
    params: readonly Tensor[],
    options: OptimizerOptions,
    lr: number,
    hyperSize: number,
  ) {
    this.lr = check('lr', options.lr ?? lr);
    check('weightDecay', options.weightDecay ?? 0);
    this.clipNorm = options.clipNorm === undefined ? undefined : check('clipNorm', options.clipNorm);
    this.flat = new FlatParameters(device, params, options);
    this.hyper = this.flat.own([hyperSize]);
    const decay = options.average;
    if (decay === undefined) return;
    if (!(decay > 0 && decay < 1))
      throw new ArgumentError(`optimizer: average must be above 0 and below 1, got ${decay}`);
    this.average = { array: this.moment(AVERAGE), decay };
  }

  /** Steps prepared so far. */
  get stepCount(): number {
    return this.steps;
  }

  /** [coefficient, norm] of the last step with `clipNorm`; the norm is -1 where a gradient was not finite (the step was skipped). */
  get clip(): GpuArray {
    return this.flat.clip;
  }

  /**
   * Advances the step count and writes this step's scalars; call it before `step` or before running a recorded step.
   * @param lr this step's learning rate; the last one when absent.
   * @throws ArgumentError when the rate is negative or not finite.
   */
  prepareStep(lr = this.lr): void {
    this.lr = check('lr', lr);
    this.steps++;
    this.device.write(this.hyper, Float32Array.from(this.scalars(this.steps)));
  }

  /** Records clipping (where asked for) and the update of every parameter. @throws ArgumentError before `prepareStep`. */
  step(): void {
    if (this.steps === 0) throw new ArgumentError('optimizer: step() came before prepareStep()');
    this.flat.collectGradients();
    if (this.clipNorm !== undefined) this.flat.measure(this.clipNorm);
    this.update();
    if (this.average) this.flat.follow(this.average.array, this.average.decay);
  }

  /**
   * Runs `work` while the parameters hold their average, and puts their own values back, bit for bit. Without an average, or before the first step,
   * they stay as they are.
   */
  async withAverage<T>(work: () => Promise<T>): Promise<T> {
    if (!this.average || this.steps === 0) return work();
    const { array, decay } = this.average;
    const values = unbiased((await this.device.read(array)) as Float32Array, decay, this.steps);
    return this.flat.lend(values, work);
  }

  /** Records zeroing of all gradients. */
  zeroGrad(): void {
    this.flat.zeroGrad();
  }

  /** Records norm and clipping of all gradients now, for callers who step by hand; returns [coefficient, norm]. */
  clipGradients(maxNorm: number): GpuArray {
    this.flat.collectGradients();
    this.flat.clipInPlace(check('maxNorm', maxNorm));
    return this.flat.clip;
  }

  /** Reads everything that a bit-exact resume needs besides the parameters themselves: moments by parameter, and the step count. */
  async state(): Promise<Record<string, HostArray>> {
    const out: Record<string, HostArray> = { step: Int32Array.of(this.steps) };
    for (const [kind, array] of this.moments) {
      const all = await this.device.read(array);
      for (const s of this.flat.slices) out[`${s.name}.${kind}`] = all.slice(s.start, s.start + s.size);
    }
    return out;
  }

  /** Takes back what `state` gave. @throws ArgumentError on a missing or misshapen entry; nothing has changed then. */
  load(state: Readonly<Record<string, ArrayLike<number>>>): void {
    const step = state.step?.[0] ?? -1;
    if (!Number.isInteger(step) || step < 0)
      throw new ArgumentError(`optimizer: state.step must be a step count, got ${state.step?.[0] ?? 'nothing'}`);
    const flats = [...this.moments].map(([kind, array]) => {
      const all = new Float32Array(array.size);
      for (const s of this.flat.slices) {
        const part = state[`${s.name}.${kind}`];
        if (part?.length !== s.size)
          throw new ArgumentError(
            `optimizer: state ${s.name}.${kind} must hold ${s.size} values, got ${part?.length ?? 'nothing'}`,
          );
        all.set(part, s.start);
      }
      return { array, all };
    });
    for (const { array, all } of flats) this.device.write(array, all);
    this.steps = step;
  }

  /** Gives moments and gradients back. The parameters stay as they are and end with their module. */
  dispose(): void {
    this.flat.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** A moment that goes into the state, zero at first. */
  protected moment(kind: string): GpuArray {
    const array = this.flat.own([this.flat.size]);
    this.moments.set(kind, array);
    return array;
  }

  /** The scalars of step `t`, counted from 1, computed in float64. */
  protected abstract scalars(t: number): number[];
  /** Records the launch. */
  protected abstract update(): void;
}

/** Adam. @see https://arxiv.org/abs/1412.6980 */
export class Adam extends Optimizer {
  protected readonly settings: { betas: readonly [number, number]; eps: number; weightDecay: number; dialect: Dialect };
  private readonly m: GpuArray;
  private readonly v: GpuArray;

  constructor(device: Device, params: readonly Tensor[], options: AdamOptions = {}) {
    super(device, params, options, 1e-3, 10);
    const { betas = [0.9, 0.999], dialect = 'torch', weightDecay = 0 } = options;
    if (dialect !== 'torch' && dialect !== 'keras')
      throw new ArgumentError(`optimizer: dialect must be torch or keras, got ${String(dialect)}`);
    for (const b of betas)
      if (!(b >= 0 && b < 1)) throw new ArgumentError(`optimizer: betas must be in [0, 1), got ${betas.join(', ')}`);
    const eps = check('eps', options.eps ?? (dialect === 'torch' ? 1e-8 : 1e-7));
    this.settings = { betas, eps, weightDecay, dialect };
    this.m = this.moment('exp_avg');
    this.v = this.moment('exp_avg_sq');
  }

  protected override scalars(t: number): number[] {
    return adamHyper(t, { ...this.settings, lr: this.lr }, false);
  }

  protected override update(): void {
    adam(this.device, { ...this.flat.arrays(this.hyper, this.settings.weightDecay !== 0), m: this.m, v: this.v });
  }
}

/** Adam with decoupled weight decay, 0.01 by default. @see https://arxiv.org/abs/1711.05101 */
export class AdamW extends Adam {
  constructor(device: Device, params: readonly Tensor[], options: AdamOptions = {}) {
    super(device, params, { weightDecay: 0.01, ...options });
  }

  protected override scalars(t: number): number[] {
    return adamHyper(t, { ...this.settings, lr: this.lr }, true);
  }
}

/**
 * Rectified Adam. torch: rectified from rho > 5, epsilon before the bias correction, L2 decay; keras (TF-Addons):
 * from rho >= 5, epsilon after it, decoupled decay. @see https://arxiv.org/abs/1908.03265
 */
export class RAdam extends Adam {
  protected override scalars(t: number): number[] {
    return radamHyper(t, { ...this.settings, lr: this.lr });
  }
}

/** Stochastic gradient descent with momentum; the default rate is 0.01. */
export class SGD extends Optimizer {
  private readonly settings: Required<
    Pick<SgdOptions, 'momentum' | 'dampening' | 'nesterov' | 'dialect' | 'weightDecay'>
  >;
  private readonly b: GpuArray;

  constructor(device: Device, params: readonly Tensor[], options: SgdOptions = {}) {
    super(device, params, options, 1e-2, 5);
    const { momentum = 0, dampening = 0, nesterov = false, dialect = 'torch', weightDecay = 0 } = options;
    check('momentum', momentum);
    if (dialect !== 'torch' && dialect !== 'keras')
      throw new ArgumentError(`optimizer: dialect must be torch or keras, got ${String(dialect)}`);
    if (nesterov && (momentum === 0 || dampening !== 0))
      throw new ArgumentError('optimizer: nesterov needs a momentum above 0 and a dampening of 0');
    if (dialect === 'keras' && dampening !== 0)
      throw new ArgumentError('optimizer: the keras dialect has no dampening, got one');
    this.settings = { momentum, dampening, nesterov, dialect, weightDecay };
    this.b = momentum === 0 ? this.flat.own([1]) : this.moment('momentum_buffer');
  }

  protected override scalars(t: number): number[] {
    return sgdHyper(t, { ...this.settings, lr: this.lr });
  }

  protected override update(): void {
    const momentum = this.settings.momentum !== 0;
    sgd(this.device, { ...this.flat.arrays(this.hyper, this.settings.weightDecay !== 0), b: this.b, momentum });
  }
}

function check(name: string, value: number): number {
  if (!(value >= 0 && Number.isFinite(value)))
    throw new ArgumentError(`optimizer: ${name} must be finite and not negative, got ${value}`);
  return value;
}
