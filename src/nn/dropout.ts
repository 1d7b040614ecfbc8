import { dropout, type Tensor } from '../autograd/index.ts';
import { Module } from './module.ts';

/**
 * Inverted dropout (Srivastava et al. 2014): zeroes with probability p and scales the rest by 1 / (1 - p) while
 * training; the identity otherwise. `counter` is a u32 tensor that the training loop advances, so that a recorded step
 * draws anew each time and a resumed run draws the same.
 */
export class Dropout extends Module {
  constructor(
    readonly p: number,
    /** Distinguishes the dropout layers of a model. */
    readonly seed: number,
    private readonly counter: () => Tensor,
  ) {
    super();
  }

  forward(x: Tensor): Tensor {
    if (!this.training || this.p === 0) return x;
    return dropout(x, { p: this.p, seed: this.seed, step: this.counter() });
  }
}
