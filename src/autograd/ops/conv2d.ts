import { blockPath, conv2d as conv2dOp, type Padding } from '../../kernels/index.ts';
import { apply, isTracked } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import { maxpool2d } from './maxpool2d.ts';
import { type Pair, pair, sides } from './pair.ts';

export interface Conv2dOptions {
  /** Default 1. One number, or [height, width]. */
  stride?: Pair;
  /** Default 0. One number, [height, width], or each side on its own. */
  padding?: Pair | Padding;
  /** Default 1. */
  dilation?: Pair;
  /** Fuses max(0, .) behind the bias. */
  relu?: boolean;
  /** `maxpool2d` of the result with this kernel: in the same launch where the device has one for it and no gradient is asked for. */
  pool?: Pair;
}

/**
 * 2-D convolution (cross-correlation, as everywhere in the field).
 * @param x [N, C, H, W]
 * @param w [O, C, kH, kW]
 * @param b [O]
 * @returns [N, O, oH, oW], oH = floor((H + top + bottom - dilation (kH - 1) - 1) / stride) + 1, with `pool` what `maxpool2d` makes of it
 * @throws ShapeError when weight, bias or kernel size do not fit; ArgumentError on a stride below 1.
 */
export function conv2d(x: Tensor, w: Tensor, b?: Tensor, options: Conv2dOptions = {}): Tensor {
  const { stride = 1, padding = 0, dilation = 1, relu, pool } = options;
  const inputs = [x, w, b];
  const attrs = { stride: pair(stride), padding: sides(padding), dilation: pair(dilation), relu };
  if (pool === undefined) return apply(conv2dOp, inputs, attrs)[0];
  const kernel = pair(pool);
  if (isTracked(inputs)) return maxpool2d(apply(conv2dOp, inputs, attrs)[0], { kernel });
  const inOne = blockPath()?.pooled(x.device, x.array, w.array, attrs, kernel);
  if (inOne) return apply(inOne, inputs, attrs)[0];
  // The result of the convolution is nobody's to dispose of.
  return x.device.scoped(() => maxpool2d(apply(conv2dOp, inputs, attrs)[0], { kernel }));
}
