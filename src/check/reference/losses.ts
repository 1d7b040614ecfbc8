/**
 * Mean squared error and cross entropy, both with the mean reduction (a scalar).
 *
 * mse = mean (x - target)^2; cross entropy of logits [N, C] and class indices [N] = -mean_n log_softmax(x_n)[target_n].
 * Source: https://pytorch.org/docs/1.13/generated/torch.nn.MSELoss.html, torch.nn.CrossEntropyLoss.html
 */
import { map, map2, type NdArray, ndarray, scalar } from './ndarray.ts';
import { logSoftmax } from './softmax.ts';

export function mseLoss(x: NdArray, target: NdArray): NdArray {
  const squares = map2(x, target, (a, b) => (a - b) ** 2);
  return scalar(squares.data.reduce((sum, value) => sum + value, 0) / x.data.length);
}

/** Both arguments may need a gradient: dx = 2 (x - target) / n * dy = -dtarget. */
export function mseLossBackward(x: NdArray, target: NdArray, dy: NdArray): { dx: NdArray; dtarget: NdArray } {
  const dx = map2(x, target, (a, b) => (2 * (a - b) * dy.data[0]) / x.data.length);
  return { dx, dtarget: map(dx, (g) => -g) };
}

export function crossEntropy(x: NdArray, target: NdArray): NdArray {
  const [rows, classes] = x.shape;
  const logp = logSoftmax(x, 1);
  let loss = 0;
  for (let n = 0; n < rows; n++) loss -= logp.data[n * classes + target.data[n]] / rows;
  return scalar(loss);
}

/** dx = (softmax(x) - onehot(target)) / N * dy. */
export function crossEntropyBackward(x: NdArray, target: NdArray, dy: NdArray): NdArray {
  const [rows, classes] = x.shape;
  const logp = logSoftmax(x, 1);
  const dx = ndarray(x.shape);
  for (let n = 0; n < rows; n++) {
    for (let k = 0; k < classes; k++) {
      const hit = k === target.data[n] ? 1 : 0;
      dx.data[n * classes + k] = ((Math.exp(logp.data[n * classes + k]) - hit) / rows) * dy.data[0];
    }
  }
  return dx;
}
