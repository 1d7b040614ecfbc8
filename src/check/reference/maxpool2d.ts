/**
 * Max pooling, NCHW, floor mode.
 *
 * y[n, c, p, q] = max over the window; `indices` holds h*W + w inside the plane. The first maximum in row-major order wins (also for
 * the gradient), padding counts as -infinity, NaN wins over everything.
 * Source: https://pytorch.org/docs/1.13/generated/torch.nn.MaxPool2d.html and ATen's max_pool2d kernel for ties.
 */
import { NO_PADDING, type Padding, windowCount } from './conv2d.ts';
import { type NdArray, ndarray } from './ndarray.ts';

export interface Maxpool2dOptions {
  readonly kernel: readonly [number, number];
  /** Defaults to the kernel. */
  readonly stride?: readonly [number, number];
  readonly dilation?: readonly [number, number];
  readonly padding?: Padding;
}

export function maxpool2d(x: NdArray, options: Maxpool2dOptions): { y: NdArray; indices: NdArray } {
  const { kernel, stride = options.kernel, dilation = [1, 1], padding = NO_PADDING } = options;
  const [batch, channels, height, width] = x.shape;
  const outHeight = windowCount(height, kernel[0], stride[0], dilation[0], padding.top + padding.bottom);
  const outWidth = windowCount(width, kernel[1], stride[1], dilation[1], padding.left + padding.right);
  const y = ndarray([batch, channels, outHeight, outWidth]);
  const indices = ndarray(y.shape);
  for (let plane = 0; plane < batch * channels; plane++) {
    for (let p = 0; p < outHeight; p++) {
      for (let q = 0; q < outWidth; q++) {
        let best = Number.NEGATIVE_INFINITY;
        // -1: the window saw padding only, so no cell will receive a gradient.
        let at = -1;
        for (let r = 0; r < kernel[0]; r++) {
          const h = p * stride[0] + r * dilation[0] - padding.top;
          if (h < 0 || h >= height) continue;
          for (let s = 0; s < kernel[1]; s++) {
            const w = q * stride[1] + s * dilation[1] - padding.left;
            if (w < 0 || w >= width) continue;
            const value = x.data[(plane * height + h) * width + w];
            if (at === -1 || value > best || (Number.isNaN(value) && !Number.isNaN(best))) {
              best = value;
              at = h * width + w;
            }
          }
        }
        const yAt = (plane * outHeight + p) * outWidth + q;
        y.data[yAt] = best;
        indices.data[yAt] = at;
      }
    }
  }
  return { y, indices };
}

/** Each output sends its gradient to the one cell it came from; overlapping windows add up. */
export function maxpool2dBackward(x: NdArray, indices: NdArray, dy: NdArray): NdArray {
  const dx = ndarray(x.shape);
  const inPlane = x.shape[2] * x.shape[3];
  const outPlane = dy.shape[2] * dy.shape[3];
  for (let i = 0; i < dy.data.length; i++) {
    const at = indices.data[i];
    if (at >= 0) dx.data[Math.floor(i / outPlane) * inPlane + at] += dy.data[i];
  }
  return dx;
}
