import {
  ArgumentError,
  type Device,
  DeviceArray,
  type Dtype,
  type GpuArray,
  type Shape,
  sizeOf,
} from '../gpu/index.ts';
import { backwardOf } from '../kernels/gradients.ts';
import type { Op } from '../kernels/op.ts';

/** Which set of shapes a case belongs to; `other` ops are in no model's step, `tiny` serves the tests. */
export type Group = 'word-small' | 'article' | 'other' | 'tiny';

/** backward_x and backward_w: the gradient of the first and of the second input alone. */
export type Pass = 'forward' | 'backward' | 'backward_x' | 'backward_w';

/** What is timed, and what it is worth. */
export interface CaseInfo {
  /** The op's or kernel's name: that of its file here. */
  readonly op: string;
  readonly pass: Pass;
  readonly group: Group;
  /** Where the shape comes from: a model's layer. */
  readonly label: string;
  readonly shape: string;
  /** Floating-point operations of one run (a multiply-add is two): the case is rated in GFLOP/s. */
  readonly flops?: number;
  /** Bytes that one run must move, each pass over an array counted once: rated in GB/s. */
  readonly bytes?: number;
}

/** One timed run, ready to be recorded any number of times. */
export interface BenchRun {
  /** Records the launches. */
  run(): void;
  /** Records what restores inputs that `run` overwrites; timed on its own and subtracted. */
  reset?(): void;
  dispose(): void;
}

export interface BenchCase extends CaseInfo {
  setup(device: Device): BenchRun;
}

/** Length of the noise that arrays are filled with: odd, so that rows differ. */
const NOISE = 65_537;
let noise: Float32Array | undefined;

/** Roughly normal values of deviation 1, the same in every process. */
function noiseTable(): Float32Array {
  if (noise) return noise;
  let seed = 1;
  const uniform = () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed / 2 ** 32;
  };
  noise = Float32Array.from({ length: NOISE }, () => (uniform() + uniform() + uniform() - 1.5) * 2);
  return noise;
}

/** The arrays of one case; they end together. */
export class Arrays {
  private readonly owned: DeviceArray[] = [];

  constructor(readonly device: Device) {}

  /** Random values of deviation `scale`. */
  normal(shape: Shape, scale = 1): DeviceArray {
    const data = new Float32Array(sizeOf(shape));
    const table = noiseTable();
    for (let at = 0; at < data.length; at += NOISE) data.set(table.subarray(0, Math.min(NOISE, data.length - at)), at);
    if (scale !== 1) for (let i = 0; i < data.length; i++) data[i] *= scale;
    return this.keep(DeviceArray.from(this.device, data, shape));
  }

  /** As `normal`, without negative values. */
  positive(shape: Shape): DeviceArray {
    const data = Float32Array.from(noiseTable().subarray(0, Math.min(NOISE, sizeOf(shape))), (v) => Math.abs(v) + 0.5);
    const all = Float32Array.from({ length: sizeOf(shape) }, (_, i) => data[i % data.length]);
    return this.keep(DeviceArray.from(this.device, all, shape));
  }

  /** Whole numbers below `limit`. */
  integers(shape: Shape, limit: number): DeviceArray {
    const data = Int32Array.from({ length: sizeOf(shape) }, (_, i) => (Math.imul(i, 7919) >>> 3) % limit);
    return this.keep(DeviceArray.from(this.device, data, shape));
  }

  filled(shape: Shape, value: number, dtype: Dtype = 'f32'): DeviceArray {
    const Kind = dtype === 'f32' ? Float32Array : dtype === 'i32' ? Int32Array : Uint32Array;
    return this.keep(DeviceArray.from(this.device, new Kind(sizeOf(shape)).fill(value), shape));
  }

  empty(shape: Shape, dtype: Dtype = 'f32'): DeviceArray {
    return this.keep(DeviceArray.empty(this.device, shape, dtype));
  }

  /** A copy that later writes do not reach. */
  copyOf(a: GpuArray): DeviceArray {
    const copy = this.empty(a.shape, a.dtype);
    this.device.copy(a, copy);
    return copy;
  }

  keep<T extends DeviceArray>(a: T): T {
    this.owned.push(a);
    return a;
  }

  dispose(): void {
    for (const a of this.owned) a.dispose();
  }
}

/** A case around a launch function: `prepare` allocates once and returns what each run records. */
export function launchCase(info: CaseInfo, prepare: (arrays: Arrays) => () => void): BenchCase {
  return {
    ...info,
    setup(device) {
      const arrays = new Arrays(device);
      const body = prepare(arrays);
      return { run: () => device.scoped(body), dispose: () => arrays.dispose() };
    },
  };
}

/** An op with its inputs, of which forward and backward cases are made. */
export interface OpSpec<A> {
  readonly op: Op<A>;
  readonly attrs: A;
  inputs(arrays: Arrays): readonly (DeviceArray | undefined)[];
}

export function forwardCase<A>(info: CaseInfo, spec: OpSpec<A>): BenchCase {
  return launchCase(info, (arrays) => {
    const inputs = spec.inputs(arrays);
    return () => {
      spec.op.forward(arrays.device, inputs, spec.attrs);
    };
  });
}

/**
 * The gradients of the inputs that `needs` lists, given that of the first output.
 * @param overwrites whether backward works in place on what forward saved, which must then be restored before each run.
 */
export function backwardCase<A>(
  info: CaseInfo,
  spec: OpSpec<A>,
  needs: readonly number[],
  overwrites = false,
): BenchCase {
  return {
    ...info,
    setup(device) {
      const arrays = new Arrays(device);
      const inputs = spec.inputs(arrays);
      const { outputs, saved } = device.scoped(() => {
        const f = spec.op.forward(device, inputs, spec.attrs);
        return { outputs: [...f.outputs], saved: [...(f.saved ?? [])] };
      });
      for (const a of [...outputs, ...saved]) arrays.keep(a);
      const backward = backwardOf(spec.op);
      if (!backward) throw new ArgumentError(`bench: ${info.op} has no gradient to time`);
      const dy = outputs.map((y, i) => (i === 0 ? arrays.normal(y.shape, 0.1) : undefined));
      const grads = inputs.map((x, i) => (x && needs.includes(i) ? arrays.empty(x.shape) : undefined));
      const call = {
        device,
        inputs,
        outputs,
        saved,
        attrs: spec.attrs,
        dy,
        needs: inputs.map((_, i) => needs.includes(i)),
        grad: (i: number): GpuArray => {
          const g = grads[i];
          if (!g) throw new ArgumentError(`bench: ${info.op} asked for the gradient of input ${i}, which has none`);
          return g;
        },
      };
      const pristine = overwrites ? saved.map((a) => arrays.copyOf(a)) : [];
      return {
        run: () =>
          device.scoped(() => {
            backward(call);
          }),
        reset: overwrites
          ? () => {
              for (const [i, from] of pristine.entries()) device.copy(from, saved[i]);
            }
          : undefined,
        dispose: () => arrays.dispose(),
      };
    },
  };
}

/** Bytes of f32 (or i32) values. */
export function bytesOf(...counts: readonly number[]): number {
  return 4 * counts.reduce((a, b) => a + b, 0);
}

/** A shape as the table shows it: 64 x 16 x 32. */
export function show(shape: Shape): string {
  return shape.join(' x ');
}
