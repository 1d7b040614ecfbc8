/**
 * Batch normalisation over every dimension but the channel (dimension 1): [N, C, H, W], and any other rank from two up.
 *
 * training: xhat = (x - mean) / sqrt(var + eps) with the batch's mean and biased variance; y = xhat * w + b;
 *           running = (1 - momentum) * running + momentum * batch, where the running variance takes the unbiased n / (n - 1) estimate.
 * eval:     the running statistics take the place of the batch's and are constants to the gradient.
 * Source: Ioffe & Szegedy 2015 (arXiv:1502.03167), https://pytorch.org/docs/1.13/generated/torch.nn.BatchNorm2d.html
 */
import { type NdArray, ndarray, sizeOf } from './ndarray.ts';

export interface BatchnormParams {
  readonly w: NdArray;
  readonly b: NdArray;
  readonly runningMean: NdArray;
  readonly runningVar: NdArray;
}

export interface BatchnormOptions {
  readonly training: boolean;
  /** PyTorch's meaning: the weight of the new batch. Keras' 0.99 is 0.01 here. */
  readonly momentum?: number;
  readonly eps?: number;
}

export interface BatchnormResult {
  readonly y: NdArray;
  /** Statistics that normalised this batch. */
  readonly mean: NdArray;
  readonly invStd: NdArray;
  readonly newRunningMean: NdArray;
  readonly newRunningVar: NdArray;
}

/** Calls `visit(channel, offset)` for each element. */
function forEachElement(x: NdArray, visit: (channel: number, at: number) => void): void {
  const channels = x.shape[1];
  const plane = sizeOf(x.shape.slice(2));
  for (let i = 0; i < x.data.length; i++) visit(Math.floor(i / plane) % channels, i);
}

export function batchnorm2d(x: NdArray, params: BatchnormParams, options: BatchnormOptions): BatchnormResult {
  const { training, momentum = 0.1, eps = 1e-5 } = options;
  const channels = x.shape[1];
  const n = x.data.length / channels;
  const newRunningMean = ndarray([channels], params.runningMean.data);
  const newRunningVar = ndarray([channels], params.runningVar.data);
  const mean = ndarray([channels], params.runningMean.data);
  const variance = ndarray([channels], params.runningVar.data);
  if (training) {
    if (n < 2) throw new RangeError('batchnorm2d: training needs more than one value per channel');
    mean.data.fill(0);
    variance.data.fill(0);
    forEachElement(x, (c, i) => {
      mean.data[c] += x.data[i] / n;
    });
    forEachElement(x, (c, i) => {
      variance.data[c] += (x.data[i] - mean.data[c]) ** 2 / n;
    });
    for (let c = 0; c < channels; c++) {
      newRunningMean.data[c] += momentum * (mean.data[c] - newRunningMean.data[c]);
      newRunningVar.data[c] += momentum * ((variance.data[c] * n) / (n - 1) - newRunningVar.data[c]);
    }
  }
  const invStd = ndarray([channels]);
  for (let c = 0; c < channels; c++) invStd.data[c] = 1 / Math.sqrt(variance.data[c] + eps);
  const y = ndarray(x.shape);
  forEachElement(x, (c, i) => {
    y.data[i] = (x.data[i] - mean.data[c]) * invStd.data[c] * params.w.data[c] + params.b.data[c];
  });
  return { y, mean, invStd, newRunningMean, newRunningVar };
}

/**
 * dw = sum dy * xhat, db = sum dy;
 * training: dx = w * invStd * (dy - mean(dy) - xhat * mean(dy * xhat)); eval: dx = w * invStd * dy.
 */
export function batchnorm2dBackward(
  x: NdArray,
  params: BatchnormParams,
  dy: NdArray,
  options: BatchnormOptions,
): { dx: NdArray; dw: NdArray; db: NdArray } {
  const { mean, invStd } = batchnorm2d(x, params, options);
  const channels = x.shape[1];
  const n = x.data.length / channels;
  const xhat = ndarray(x.shape);
  const dw = ndarray([channels]);
  const db = ndarray([channels]);
  forEachElement(x, (c, i) => {
    xhat.data[i] = (x.data[i] - mean.data[c]) * invStd.data[c];
    dw.data[c] += dy.data[i] * xhat.data[i];
    db.data[c] += dy.data[i];
  });
  const dx = ndarray(x.shape);
  forEachElement(x, (c, i) => {
    const centred = options.training ? dy.data[i] - db.data[c] / n - (xhat.data[i] * dw.data[c]) / n : dy.data[i];
    dx.data[i] = params.w.data[c] * invStd.data[c] * centred;
  });
  return { dx, dw, db };
}
