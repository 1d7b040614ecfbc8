/**
 * Two-dimensional convolution (cross-correlation, as every framework means it), NCHW input and OIHW weight.
 *
 * y[n, o, p, q] = b[o] + sum_{i, r, s} x[n, i, p*strideH + r*dilationH - top, q*strideW + s*dilationW - left] * w[o, i, r, s]
 * with zeros outside the image. Source: https://pytorch.org/docs/1.13/generated/torch.nn.Conv2d.html; padding is given for each
 * side because Keras 'same' of an even kernel pads only after.
 */
import { type NdArray, ndarray } from './ndarray.ts';

export interface Padding {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

export interface Conv2dOptions {
  readonly stride?: readonly [number, number];
  readonly dilation?: readonly [number, number];
  readonly padding?: Padding;
}

export const NO_PADDING: Padding = { top: 0, bottom: 0, left: 0, right: 0 };

/** Number of window positions along one dimension (floor mode). */
export function windowCount(extent: number, kernel: number, stride: number, dilation: number, padding: number): number {
  return Math.floor((extent + padding - dilation * (kernel - 1) - 1) / stride) + 1;
}

export function conv2dShape(x: NdArray, w: NdArray, options: Conv2dOptions): [number, number, number, number] {
  const { stride = [1, 1], dilation = [1, 1], padding = NO_PADDING } = options;
  const [n, channels, height, width] = x.shape;
  const [out, inner, kh, kw] = w.shape;
  if (channels !== inner) throw new RangeError(`conv2d: weight must be [out, ${channels}, kH, kW], got [${w.shape}]`);
  return [
    n,
    out,
    windowCount(height, kh, stride[0], dilation[0], padding.top + padding.bottom),
    windowCount(width, kw, stride[1], dilation[1], padding.left + padding.right),
  ];
}

/** Calls `visit(yOffset, xOffset, wOffset)` once for every product inside the image. */
function forEachProduct(
  x: NdArray,
  w: NdArray,
  options: Conv2dOptions,
  visit: (y: number, x: number, w: number) => void,
): void {
  const { stride = [1, 1], dilation = [1, 1], padding = NO_PADDING } = options;
  const [, channels, height, width] = x.shape;
  const [, , kh, kw] = w.shape;
  const [batch, out, outHeight, outWidth] = conv2dShape(x, w, options);
  for (let n = 0; n < batch; n++) {
    for (let o = 0; o < out; o++) {
      for (let p = 0; p < outHeight; p++) {
        for (let q = 0; q < outWidth; q++) {
          const yAt = ((n * out + o) * outHeight + p) * outWidth + q;
          for (let i = 0; i < channels; i++) {
            for (let r = 0; r < kh; r++) {
              const h = p * stride[0] + r * dilation[0] - padding.top;
              if (h < 0 || h >= height) continue;
              for (let s = 0; s < kw; s++) {
                const v = q * stride[1] + s * dilation[1] - padding.left;
                if (v < 0 || v >= width) continue;
                visit(yAt, ((n * channels + i) * height + h) * width + v, ((o * channels + i) * kh + r) * kw + s);
              }
            }
          }
        }
      }
    }
  }
}

export function conv2d(x: NdArray, w: NdArray, b: NdArray | undefined, options: Conv2dOptions = {}): NdArray {
  const shape = conv2dShape(x, w, options);
  const y = ndarray(shape);
  const plane = shape[2] * shape[3];
  if (b !== undefined) {
    for (let i = 0; i < y.data.length; i++) y.data[i] = b.data[Math.floor(i / plane) % shape[1]];
  }
  forEachProduct(x, w, options, (yAt, xAt, wAt) => {
    y.data[yAt] += x.data[xAt] * w.data[wAt];
  });
  return y;
}

export function conv2dBackward(
  x: NdArray,
  w: NdArray,
  dy: NdArray,
  options: Conv2dOptions = {},
): { dx: NdArray; dw: NdArray; db: NdArray } {
  const dx = ndarray(x.shape);
  const dw = ndarray(w.shape);
  const db = ndarray([w.shape[0]]);
  const plane = dy.shape[2] * dy.shape[3];
  for (let i = 0; i < dy.data.length; i++) db.data[Math.floor(i / plane) % dy.shape[1]] += dy.data[i];
  forEachProduct(x, w, options, (yAt, xAt, wAt) => {
    dx.data[xAt] += dy.data[yAt] * w.data[wAt];
    dw.data[wAt] += dy.data[yAt] * x.data[xAt];
  });
  return { dx, dw, db };
}
