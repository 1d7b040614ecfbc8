import {
  ArgumentError,
  type Device,
  DeviceArray,
  type Dtype,
  type GpuArray,
  GradientError,
  type HostArray,
  type Shape,
  ShapeError,
  sameShape,
  showShape,
  sizeOf,
  type Transient,
} from '../gpu/index.ts';
import type { TapeNode } from './tape.ts';

export interface TensorOptions {
  /** Whether backward computes a gradient for it. */
  requiresGrad?: boolean;
  /** Appears in error messages and model files. */
  name?: string;
}

/** An n-dimensional array on the device, and its place in the gradient graph. */
export class Tensor implements GpuArray, Transient {
  requiresGrad: boolean;
  name: string | undefined;
  /** The op that made it; undefined for leaves. */
  node: TapeNode | undefined;
  /** Where backward writes this leaf's gradient (a slice of an optimiser's flat gradient); fresh memory otherwise. */
  gradTarget: DeviceArray | undefined;
  private gradient: Tensor | undefined;
  private memory: DeviceArray;

  /** Wraps an array and takes its ownership over. */
  constructor(array: DeviceArray, options: TensorOptions = {}) {
    this.memory = array;
    this.requiresGrad = options.requiresGrad ?? false;
    this.name = options.name;
  }

  /**
   * Uploads host data.
   * @param shape defaults to one dimension.
   * @throws ShapeError when the shape holds another number of values.
   */
  static from(device: Device, data: HostArray | readonly number[], shape?: Shape, options?: TensorOptions): Tensor {
    const host = Array.isArray(data) ? Float32Array.from(data as number[]) : (data as HostArray);
    return new Tensor(DeviceArray.from(device, host, shape ?? [host.length]), options);
  }

  static zeros(device: Device, shape: Shape, options?: TensorOptions & { dtype?: Dtype }): Tensor {
    return new Tensor(DeviceArray.zeros(device, shape, options?.dtype), options);
  }

  get owner(): Transient {
    return this.array;
  }
  get array(): DeviceArray {
    return this.memory;
  }
  get device(): Device {
    return this.array.device;
  }
  get buffer() {
    return this.array.buffer;
  }
  get offset(): number {
    return this.array.offset;
  }
  get shape(): Shape {
    return this.array.shape;
  }
  get dtype(): Dtype {
    return this.array.dtype;
  }
  get size(): number {
    return this.array.size;
  }
  get disposed(): boolean {
    return this.array.disposed;
  }

  /** d(loss)/d(this) after backward; undefined before, or once its step has ended. */
  get grad(): Tensor | undefined {
    if (this.gradient?.disposed) this.gradient = undefined;
    return this.gradient;
  }
  set grad(value: Tensor | undefined) {
    this.gradient = value;
  }

  /** Copies the values back to the host. */
  read(): Promise<HostArray> {
    return this.device.read(this);
  }

  /** The value of a one-element tensor. @throws ShapeError for any other. */
  async item(): Promise<number> {
    if (this.size !== 1) throw new ShapeError(`item: expected one element, got shape ${showShape(this.shape)}`);
    return (await this.read())[0];
  }

  /** Overwrites the values. @throws ShapeError on another number of elements, ArgumentError for f16, which `half` alone makes. */
  write(data: HostArray): void {
    if (this.dtype === 'f16') throw new ArgumentError('write: a tensor is f16');
    if (data.length !== this.size)
      throw new ShapeError(`write: ${showShape(this.shape)} holds ${this.size} values, got ${data.length}`);
    this.device.write(this, data);
  }

  /**
   * Moves to other memory of the same shape and ends the old one; the caller has copied the values.
   * @throws ShapeError on another shape.
   */
  rebind(array: DeviceArray): void {
    if (!sameShape(array.shape, this.shape))
      throw new ShapeError(`rebind: expected ${showShape(this.shape)}, got ${showShape(array.shape)}`);
    const before = this.memory;
    this.memory = array;
    before.dispose();
  }

  /** The same values cut off from the gradient graph. */
  detach(): Tensor {
    return new Tensor(this.array.view(this.shape));
  }

  dispose(): void {
    this.array.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** Resolves one -1 in a reshape. @throws ShapeError when the sizes differ. */
export function resolveShape(from: Shape, to: Shape): number[] {
  const total = sizeOf(from);
  const known = to.filter((d) => d !== -1).reduce((a, b) => a * b, 1);
  const free = to.filter((d) => d === -1).length;
  if (free > 1) throw new ShapeError(`reshape: at most one -1, got ${showShape(to)}`);
  const shape = to.map((d) => (d === -1 ? total / known : d));
  if (!shape.every(Number.isInteger) || sizeOf(shape) !== total)
    throw new ShapeError(`reshape: ${showShape(from)} holds ${total} values, ${showShape(to)} does not`);
  return shape;
}

/** @throws GradientError when a cotangent does not fit its tensor. */
export function checkCotangent(y: Tensor, dy: GpuArray): void {
  if (!sameShape(y.shape, dy.shape))
    throw new GradientError(
      `backward: the cotangent must be ${showShape(y.shape)} like its tensor, got ${showShape(dy.shape)}`,
    );
}
