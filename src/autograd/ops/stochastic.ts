import {
  checkProbability,
  dropoutGivenMask as dropoutGivenMaskOp,
  dropout as dropoutOp,
  embedding as embeddingOp,
} from '../../kernels/index.ts';
import { apply } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import { reshape } from './layout.ts';

export interface DropoutOptions {
  /** Share of elements that become zero; the others are scaled by 1 / (1 - p). */
  p: number;
  /** Names the random stream: every dropout of a model needs its own. */
  seed: number;
  /** The step counter, u32 [1]: the same counter draws the same mask. */
  step: Tensor;
}

/**
 * Inverted dropout, any shape; https://jmlr.org/papers/v15/srivastava14a.html. The mask depends on seed, step and position only.
 * @throws ArgumentError when p is outside of [0, 1] or step is not u32, ShapeError when step holds more than one value.
 */
export function dropout(x: Tensor, { p, seed, step }: DropoutOptions): Tensor {
  checkProbability('dropout', p);
  if (p === 0) return reshape(x, x.shape);
  return apply(dropoutOp, [x, step], { p, seed })[0];
}

/** Inverted dropout with a mask of zeros and ones of x's shape. @throws ShapeError on another mask shape, ArgumentError on a bad p. */
export function dropoutGivenMask(x: Tensor, mask: Tensor, p: number): Tensor {
  return apply(dropoutGivenMaskOp, [x, mask], { p })[0];
}

/**
 * Rows of a table: ids (i32) [..] and w [rows, width] give [.., width]; an index outside of the table reads zeros and gives no gradient.
 * @throws ShapeError unless w has two dimensions, ArgumentError unless ids are i32.
 */
export function embedding(ids: Tensor, w: Tensor): Tensor {
  return apply(embeddingOp, [ids, w], {})[0];
}
