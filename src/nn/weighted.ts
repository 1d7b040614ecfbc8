import { half, type Tensor } from '../autograd/index.ts';
import { type FoldOptions, Module } from './module.ts';

/** Values in 16 bits in place of those given, which end. */
export function inHalf(x: Tensor): Tensor {
  const y = half(x);
  x.dispose();
  return y;
}

/** A layer whose weight `fold` may store in 16 bits. */
export abstract class Weighted extends Module {
  /** Derived from the weight; no tensor of the model. */
  #half: Tensor | undefined;

  /** The weight itself. */
  protected abstract readonly own: Tensor;

  /** The weight as the layer's product reads it. */
  get stored(): Tensor {
    return this.#half ?? this.own;
  }

  override fold(options?: FoldOptions): this {
    super.fold(options);
    this.unfold();
    if (options?.half) this.#half = half(this.own);
    return this;
  }

  override unfold(): this {
    this.#half?.dispose();
    this.#half = undefined;
    return super.unfold();
  }
}
