import { type Conv2dAttrs, conv2d as conv2dOp, type Padding } from '../../kernels/index.ts';
import { apply } from '../tape.ts';
import type { Tensor } from '../tensor.ts';

export interface Conv2dOptions {
  /** Default 1. One number, or [height, width]. */
  stride?: number | readonly [number, number];
  /** Default 0. One number, [height, width], or each side on its own. */
  padding?: number | readonly [number, number] | Padding;
  /** Default 1. */
  dilation?: number | readonly [number, number];
  /** Fuses max(0, .) behind the bias. */
  relu?: boolean;
}

function pair(v: number | readonly [number, number] | undefined, otherwise: number): readonly [number, number] {
  if (v === undefined) return [otherwise, otherwise];
  return typeof v === 'number' ? [v, v] : v;
}

/** Options in full: one form for the kernel. */
export function conv2dAttrs(options: Conv2dOptions): Conv2dAttrs {
  const p = options.padding;
  let padding: Padding;
  if (typeof p === 'object' && 'top' in p) padding = p;
  else {
    const [h, w] = pair(p as number | readonly [number, number] | undefined, 0);
    padding = { top: h, bottom: h, left: w, right: w };
  }
  return { stride: pair(options.stride, 1), padding, dilation: pair(options.dilation, 1), relu: options.relu };
}

/**
 * 2-D convolution (cross-correlation, as everywhere in the field).
 * @param x [N, C, H, W]
 * @param w [O, C, kH, kW]
 * @param b [O]
 * @returns [N, O, oH, oW], oH = floor((H + top + bottom - dilation (kH - 1) - 1) / stride) + 1
 * @throws ShapeError when weight, bias or kernel size do not fit; ArgumentError on a stride below 1.
 */
export function conv2d(x: Tensor, w: Tensor, b?: Tensor, options: Conv2dOptions = {}): Tensor {
  return apply(conv2dOp, [x, w, b], conv2dAttrs(options))[0];
}
