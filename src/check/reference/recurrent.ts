/**
 * What lstm.ts and gru.ts share: weights, time steps, and a recurrent layer over any cell.
 *
 * A layer is its cell applied T times, forward or (the second direction) from the last step to the first; its gradient is the
 * cell's gradient applied in the opposite order (back-propagation through time, Werbos 1990).
 */
import { linearBackward } from './matmul.ts';
import { addInto, type NdArray, ndarray } from './ndarray.ts';

/** PyTorch layouts: weight_ih [G*H, I], weight_hh [G*H, H], biases [G*H] (absent: zero), G gates. */
export interface RecurrentWeights {
  readonly weight_ih: NdArray;
  readonly weight_hh: NdArray;
  readonly bias_ih?: NdArray;
  readonly bias_hh?: NdArray;
}

export interface RecurrentWeightGradients {
  readonly weight_ih: NdArray;
  readonly weight_hh: NdArray;
  readonly bias_ih: NdArray;
  readonly bias_hh: NdArray;
}

export function zeroWeightGradients(w: RecurrentWeights): RecurrentWeightGradients {
  return {
    weight_ih: ndarray(w.weight_ih.shape),
    weight_hh: ndarray(w.weight_hh.shape),
    bias_ih: ndarray([w.weight_ih.shape[0]]),
    bias_hh: ndarray([w.weight_hh.shape[0]]),
  };
}

export function addWeightGradients(total: RecurrentWeightGradients, part: RecurrentWeightGradients): void {
  addInto(total.weight_ih, part.weight_ih);
  addInto(total.weight_hh, part.weight_hh);
  addInto(total.bias_ih, part.bias_ih);
  addInto(total.bias_hh, part.bias_hh);
}

/** Gradients of the two linear maps of a cell, from the gradients of their results. */
export function cellLinearBackward(
  x: NdArray,
  h: NdArray,
  w: RecurrentWeights,
  dgatesX: NdArray,
  dgatesH: NdArray,
): { dx: NdArray; dh: NdArray; dweights: RecurrentWeightGradients } {
  const fromX = linearBackward(x, w.weight_ih, dgatesX);
  const fromH = linearBackward(h, w.weight_hh, dgatesH);
  return {
    dx: fromX.dx,
    dh: fromH.dx,
    dweights: { weight_ih: fromX.dw, weight_hh: fromH.dw, bias_ih: fromX.db, bias_hh: fromH.db },
  };
}

/** x[t] of a [T, ...] array, as a copy. */
export function step(x: NdArray, t: number): NdArray {
  const shape = x.shape.slice(1);
  const size = x.data.length / x.shape[0];
  return ndarray(shape, x.data.subarray(t * size, (t + 1) * size));
}

/** x[t] = value. */
export function setStep(x: NdArray, t: number, value: NdArray): void {
  x.data.set(value.data, t * value.data.length);
}

/** The order in which a direction visits the time steps. */
export function timeOrder(steps: number, direction: number): number[] {
  const order = Array.from({ length: steps }, (_, t) => t);
  return direction === 0 ? order : order.reverse();
}

/** Columns [direction*H, (direction+1)*H) of y[t], y [T, B, D*H]. */
export function halfStep(y: NdArray, t: number, direction: number, hidden: number): NdArray {
  const [, batch, width] = y.shape;
  const out = ndarray([batch, hidden]);
  for (let b = 0; b < batch; b++) {
    for (let k = 0; k < hidden; k++)
      out.data[b * hidden + k] = y.data[(t * batch + b) * width + direction * hidden + k];
  }
  return out;
}

export function setHalfStep(y: NdArray, t: number, direction: number, h: NdArray): void {
  const [, batch, width] = y.shape;
  const hidden = h.shape[1];
  for (let b = 0; b < batch; b++) {
    for (let k = 0; k < hidden; k++) y.data[(t * batch + b) * width + direction * hidden + k] = h.data[b * hidden + k];
  }
}
