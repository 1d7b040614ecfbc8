import type { Tensor } from '../autograd/index.ts';
import { ArgumentError, type Device, DeviceArray, type GpuArray, type Shape } from '../gpu/index.ts';
import { ema, type FlatStep, gradClip, gradNorm } from '../kernels/index.ts';

/** Elements between slices: 256 bytes, WebGPU's alignment of a binding. */
const ALIGN = 64;

export interface FlatOptions {
  /** Whether weight decay applies to a parameter; every one by default. Biases and normalisation usually go without. */
  decays?: (param: Tensor, index: number) => boolean;
}

interface Slice {
  readonly name: string;
  readonly start: number;
  readonly size: number;
}

/** Parameters and their gradients, each in one array: what backward writes is where the optimiser reads. */
export class FlatParameters {
  readonly slices: readonly Slice[];
  /** Elements with the padding between the slices, which stays zero. */
  readonly size: number;
  /** [coefficient, norm]; [1, 0] without clipping. */
  readonly clip: DeviceArray;
  private readonly p: DeviceArray;
  private readonly g: DeviceArray;
  private readonly decays: DeviceArray;
  private readonly masked: boolean;
  private readonly owned: DeviceArray[] = [];

  constructor(
    private readonly device: Device,
    private readonly params: readonly Tensor[],
    options: FlatOptions,
  ) {
    if (device.inStep)
      throw new ArgumentError('optimizer: was created inside a step, with which it would end; create it before');
    if (params.length === 0) throw new ArgumentError('optimizer: expected parameters, got none');
    if (new Set(params).size !== params.length) throw new ArgumentError('optimizer: a parameter is listed twice');
    const names = new Set<string>();
    const slices: Slice[] = [];
    let at = 0;
    params.forEach((p, i) => {
      const name = p.name !== undefined && !names.has(p.name) ? p.name : String(i);
      if (!p.requiresGrad || p.node || p.dtype !== 'f32')
        throw new ArgumentError(
          `optimizer: parameter ${name} must be an f32 leaf that requires a gradient; leave frozen ones out`,
        );
      names.add(name);
      slices.push({ name, start: at, size: p.size });
      at += Math.ceil(p.size / ALIGN) * ALIGN;
    });
    this.slices = slices;
    this.size = at;
    this.p = this.own([at]);
    this.g = this.own([at]);
    const mask = new Float32Array(Math.max(1, at / ALIGN)).fill(1);
    params.forEach((t, i) => {
      const { start, size } = slices[i];
      if (!(options.decays?.(t, i) ?? true)) mask.fill(0, start / ALIGN, Math.ceil((start + size) / ALIGN));
      const home = this.p.view(t.shape, start * 4);
      device.copy(t.array, home);
      t.rebind(home);
      t.gradTarget = this.keep(this.g.view(t.shape, start * 4));
    });
    this.masked = mask.includes(0);
    this.decays = this.keep(DeviceArray.from(device, mask, [mask.length]));
    this.clip = this.keep(DeviceArray.from(device, Float32Array.of(1, 0), [2]));
  }

  /** An array of zeros that ends with the optimiser. */
  own(shape: Shape): DeviceArray {
    return this.keep(DeviceArray.zeros(this.device, shape));
  }

  /** Gradients that came to lie elsewhere (set by hand) are copied in. */
  collectGradients(): void {
    for (const t of this.params) {
      const { grad, gradTarget } = t;
      if (grad && gradTarget && grad.buffer !== gradTarget.buffer) this.device.copy(grad, gradTarget);
    }
  }

  zeroGrad(): void {
    this.device.clear(this.g);
  }

  /** Writes `clip` for the gradients as they are. */
  measure(maxNorm: number): void {
    gradNorm(this.device, this.g, maxNorm, this.clip);
  }

  clipInPlace(maxNorm: number): void {
    this.measure(maxNorm);
    gradClip(this.device, this.g, this.clip);
  }

  /** What an optimiser's kernel takes. */
  arrays(hyper: GpuArray, decaying: boolean): FlatStep {
    const { g, p, clip, decays, masked } = this;
    return { g, p, clip, hyper, decays, masked: masked && decaying };
  }

  /** Records a step of an average of all parameters. */
  follow(average: GpuArray, decay: number): void {
    ema(this.device, average, this.p, 1 - decay);
  }

  /**
   * Puts other values in the parameters' place while `work` runs, and then their own back, bit for bit.
   * @param values as `average` has them, [size]
   */
  async lend<T>(values: Float32Array, work: () => Promise<T>): Promise<T> {
    const own = await this.device.read(this.p);
    this.device.write(this.p, values);
    try {
      return await work();
    } finally {
      this.device.write(this.p, own);
    }
  }

  dispose(): void {
    for (const t of this.params) t.gradTarget = undefined;
    for (const a of this.owned) a.dispose();
  }

  private keep(a: DeviceArray): DeviceArray {
    this.owned.push(a);
    return a;
  }
}
