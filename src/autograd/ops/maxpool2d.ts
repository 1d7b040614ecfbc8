import { type Maxpool2dAttrs, maxpool2d as maxpool2dOp, type Padding } from '../../kernels/index.ts';
import { apply } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import { type Pair, pair, sides } from './pair.ts';

export type { Pair } from './pair.ts';

export interface Maxpool2dOptions {
  /** One number, or [height, width]. */
  kernel: Pair;
  /** Default: the kernel. */
  stride?: Pair;
  /** Default 0; counts as -infinity. One number, [height, width], or each side on its own. */
  padding?: Pair | Padding;
  /** Default 1. */
  dilation?: Pair;
  /** Default false: lets the last windows reach beyond the image. */
  ceilMode?: boolean;
}

function attrsOf({
  kernel,
  stride = kernel,
  padding = 0,
  dilation = 1,
  ceilMode = false,
}: Maxpool2dOptions): Maxpool2dAttrs {
  return { kernel: pair(kernel), stride: pair(stride), padding: sides(padding), dilation: pair(dilation), ceilMode };
}

/**
 * Largest value of each window; ties go to the first.
 * @param x [N, C, H, W]
 * @returns [N, C, oH, oW], oH = floor((H + top + bottom - dilation (kH - 1) - 1) / stride) + 1
 * @throws ShapeError when no window fits; ArgumentError on sizes that are no whole numbers from 1 (padding: from 0).
 */
export function maxpool2d(x: Tensor, options: Maxpool2dOptions): Tensor {
  return apply(maxpool2dOp, [x], attrsOf(options))[0];
}

/**
 * `maxpool2d` together with where each maximum lies: h * W + w inside its plane, as i32.
 * @param x [N, C, H, W]
 * @returns y and indices, both [N, C, oH, oW]; the index of a window of padding alone is -1.
 * @throws as `maxpool2d`.
 */
export function maxpool2d_with_indices(x: Tensor, options: Maxpool2dOptions): { y: Tensor; indices: Tensor } {
  const [y, indices] = apply(maxpool2dOp, [x], attrsOf(options));
  return { y, indices };
}
