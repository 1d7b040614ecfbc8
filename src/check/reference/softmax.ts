/**
 * softmax: y_k = exp(x_k - m) / sum_j exp(x_j - m), m = max x. log_softmax: y_k = x_k - m - log sum_j exp(x_j - m).
 * Source: https://pytorch.org/docs/1.13/generated/torch.nn.functional.log_softmax.html
 */
import { alongDim, map, type NdArray, ndarray } from './ndarray.ts';

export function logSoftmax(x: NdArray, dim = -1): NdArray {
  const { outer, extent, inner } = alongDim(x.shape, dim);
  const y = ndarray(x.shape);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const at = (k: number) => (o * extent + k) * inner + i;
      let most = Number.NEGATIVE_INFINITY;
      for (let k = 0; k < extent; k++) most = Math.max(most, x.data[at(k)]);
      let sum = 0;
      for (let k = 0; k < extent; k++) sum += Math.exp(x.data[at(k)] - most);
      for (let k = 0; k < extent; k++) y.data[at(k)] = x.data[at(k)] - most - Math.log(sum);
    }
  }
  return y;
}

export function softmax(x: NdArray, dim = -1): NdArray {
  return map(logSoftmax(x, dim), Math.exp);
}

/** dx_k = y_k * (dy_k - sum_j dy_j * y_j), from the output y. */
export function softmaxBackward(y: NdArray, dy: NdArray, dim = -1): NdArray {
  const { outer, extent, inner } = alongDim(y.shape, dim);
  const dx = ndarray(y.shape);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const at = (k: number) => (o * extent + k) * inner + i;
      let sum = 0;
      for (let k = 0; k < extent; k++) sum += dy.data[at(k)] * y.data[at(k)];
      for (let k = 0; k < extent; k++) dx.data[at(k)] = y.data[at(k)] * (dy.data[at(k)] - sum);
    }
  }
  return dx;
}

/** dx_k = dy_k - exp(y_k) * sum_j dy_j, from the output y. */
export function logSoftmaxBackward(y: NdArray, dy: NdArray, dim = -1): NdArray {
  const { outer, extent, inner } = alongDim(y.shape, dim);
  const dx = ndarray(y.shape);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const at = (k: number) => (o * extent + k) * inner + i;
      let sum = 0;
      for (let k = 0; k < extent; k++) sum += dy.data[at(k)];
      for (let k = 0; k < extent; k++) dx.data[at(k)] = dy.data[at(k)] - Math.exp(y.data[at(k)]) * sum;
    }
  }
  return dx;
}
