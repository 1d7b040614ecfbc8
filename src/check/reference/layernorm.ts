/**
 * Layer normalisation over the trailing dimensions `normalizedShape`.
 *
 * y = (x - mean) / sqrt(var + eps) * w + b with mean and biased variance of each row.
 * Source: Ba, Kiros & Hinton 2016 (arXiv:1607.06450), https://pytorch.org/docs/1.13/generated/torch.nn.LayerNorm.html
 */
import { type NdArray, ndarray, type Shape, sizeOf } from './ndarray.ts';

export interface LayernormOptions {
  readonly normalizedShape: Shape;
  readonly eps?: number;
}

function rowStatistics(x: NdArray, row: number, n: number, eps: number): { mean: number; invStd: number } {
  let mean = 0;
  for (let i = 0; i < n; i++) mean += x.data[row * n + i] / n;
  let variance = 0;
  for (let i = 0; i < n; i++) variance += (x.data[row * n + i] - mean) ** 2 / n;
  return { mean, invStd: 1 / Math.sqrt(variance + eps) };
}

export function layernorm(
  x: NdArray,
  w: NdArray | undefined,
  b: NdArray | undefined,
  options: LayernormOptions,
): NdArray {
  const { normalizedShape, eps = 1e-5 } = options;
  const n = sizeOf(normalizedShape);
  const y = ndarray(x.shape);
  for (let row = 0; row < x.data.length / n; row++) {
    const { mean, invStd } = rowStatistics(x, row, n, eps);
    for (let i = 0; i < n; i++) {
      const xhat = (x.data[row * n + i] - mean) * invStd;
      y.data[row * n + i] = xhat * (w?.data[i] ?? 1) + (b?.data[i] ?? 0);
    }
  }
  return y;
}

/** As batch normalisation, with g = dy * w in the place of dy: dx = invStd * (g - mean(g) - xhat * mean(g * xhat)). */
export function layernormBackward(
  x: NdArray,
  w: NdArray | undefined,
  dy: NdArray,
  options: LayernormOptions,
): { dx: NdArray; dw: NdArray; db: NdArray } {
  const { normalizedShape, eps = 1e-5 } = options;
  const n = sizeOf(normalizedShape);
  const dx = ndarray(x.shape);
  const dw = ndarray(normalizedShape);
  const db = ndarray(normalizedShape);
  for (let row = 0; row < x.data.length / n; row++) {
    const { mean, invStd } = rowStatistics(x, row, n, eps);
    const xhat = (i: number) => (x.data[row * n + i] - mean) * invStd;
    const g = (i: number) => dy.data[row * n + i] * (w?.data[i] ?? 1);
    let meanG = 0;
    let meanGx = 0;
    for (let i = 0; i < n; i++) {
      meanG += g(i) / n;
      meanGx += (g(i) * xhat(i)) / n;
      dw.data[i] += dy.data[row * n + i] * xhat(i);
      db.data[i] += dy.data[row * n + i];
    }
    for (let i = 0; i < n; i++) dx.data[row * n + i] = invStd * (g(i) - meanG - xhat(i) * meanGx);
  }
  return { dx, dw, db };
}
