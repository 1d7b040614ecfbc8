/**
 * Long short-term memory, one layer, one or two directions.
 *
 * (i, f, g, o) = W_ih x + b_ih + W_hh h + b_hh, in this order; i, f, o through sigmoid, g through tanh;
 * c' = f * c + i * g; h' = o * tanh(c'). x [T, B, I], y [T, B, D*H], h0, c0, hn, cn [D, B, H].
 * Source: Hochreiter & Schmidhuber 1997; https://pytorch.org/docs/1.13/generated/torch.nn.LSTM.html
 */
import { linear } from './matmul.ts';
import { addInto, map2, type NdArray, ndarray } from './ndarray.ts';
import {
  addWeightGradients,
  cellLinearBackward,
  halfStep,
  type RecurrentWeightGradients,
  type RecurrentWeights,
  setHalfStep,
  setStep,
  step,
  timeOrder,
  zeroWeightGradients,
} from './recurrent.ts';
import { sigmoid } from './unary.ts';

/** Gates after their non-linearities, [B, 4H]. */
function lstmGates(x: NdArray, h: NdArray, w: RecurrentWeights): NdArray {
  const hidden = h.shape[1];
  const gates = map2(linear(x, w.weight_ih, w.bias_ih), linear(h, w.weight_hh, w.bias_hh), (a, b) => a + b);
  for (let k = 0; k < gates.data.length; k++) {
    const gate = Math.floor(k / hidden) % 4;
    gates.data[k] = gate === 2 ? Math.tanh(gates.data[k]) : sigmoid(gates.data[k]);
  }
  return gates;
}

/** x [B, I], h and c [B, H] -> h1 and c1 [B, H]. */
export function lstmCell(x: NdArray, h: NdArray, c: NdArray, w: RecurrentWeights): { h1: NdArray; c1: NdArray } {
  const [batch, hidden] = h.shape;
  const gates = lstmGates(x, h, w);
  const h1 = ndarray(h.shape);
  const c1 = ndarray(c.shape);
  for (let b = 0; b < batch; b++) {
    for (let k = 0; k < hidden; k++) {
      const [i, f, g, o] = [0, 1, 2, 3].map((gate) => gates.data[(b * 4 + gate) * hidden + k]);
      const at = b * hidden + k;
      c1.data[at] = f * c.data[at] + i * g;
      h1.data[at] = o * Math.tanh(c1.data[at]);
    }
  }
  return { h1, c1 };
}

export interface LstmCellGradients {
  readonly dx: NdArray;
  readonly dh: NdArray;
  readonly dc: NdArray;
  readonly dweights: RecurrentWeightGradients;
}

export function lstmCellBackward(
  x: NdArray,
  h: NdArray,
  c: NdArray,
  w: RecurrentWeights,
  dh1: NdArray,
  dc1: NdArray,
): LstmCellGradients {
  const [batch, hidden] = h.shape;
  const gates = lstmGates(x, h, w);
  const { c1 } = lstmCell(x, h, c, w);
  const dgates = ndarray(gates.shape);
  const dc = ndarray(c.shape);
  for (let b = 0; b < batch; b++) {
    for (let k = 0; k < hidden; k++) {
      const [i, f, g, o] = [0, 1, 2, 3].map((gate) => gates.data[(b * 4 + gate) * hidden + k]);
      const at = b * hidden + k;
      const t = Math.tanh(c1.data[at]);
      const dcTotal = dc1.data[at] + dh1.data[at] * o * (1 - t * t);
      dgates.data[(b * 4 + 0) * hidden + k] = dcTotal * g * i * (1 - i);
      dgates.data[(b * 4 + 1) * hidden + k] = dcTotal * c.data[at] * f * (1 - f);
      dgates.data[(b * 4 + 2) * hidden + k] = dcTotal * i * (1 - g * g);
      dgates.data[(b * 4 + 3) * hidden + k] = dh1.data[at] * t * o * (1 - o);
      dc.data[at] = dcTotal * f;
    }
  }
  return { ...cellLinearBackward(x, h, w, dgates, dgates), dc };
}

/** `weights[0]` runs forward in time, `weights[1]`, where given, backward. */
export function lstm(
  x: NdArray,
  h0: NdArray,
  c0: NdArray,
  weights: readonly RecurrentWeights[],
): { y: NdArray; hn: NdArray; cn: NdArray } {
  const [steps, batch] = x.shape;
  const hidden = h0.shape[2];
  const y = ndarray([steps, batch, weights.length * hidden]);
  const hn = ndarray(h0.shape);
  const cn = ndarray(c0.shape);
  weights.forEach((w, direction) => {
    let h = step(h0, direction);
    let c = step(c0, direction);
    for (const t of timeOrder(steps, direction)) {
      const { h1, c1 } = lstmCell(step(x, t), h, c, w);
      setHalfStep(y, t, direction, h1);
      h = h1;
      c = c1;
    }
    setStep(hn, direction, h);
    setStep(cn, direction, c);
  });
  return { y, hn, cn };
}

export interface LstmGradients {
  readonly dx: NdArray;
  readonly dh0: NdArray;
  readonly dc0: NdArray;
  readonly dweights: readonly RecurrentWeightGradients[];
}

export function lstmBackward(
  x: NdArray,
  h0: NdArray,
  c0: NdArray,
  weights: readonly RecurrentWeights[],
  cotangents: { readonly dy: NdArray; readonly dhn: NdArray; readonly dcn: NdArray },
): LstmGradients {
  const steps = x.shape[0];
  const hidden = h0.shape[2];
  const dx = ndarray(x.shape);
  const dh0 = ndarray(h0.shape);
  const dc0 = ndarray(c0.shape);
  const dweights = weights.map((w, direction) => {
    // The states that entered each step, in the order of the walk.
    const states: { t: number; h: NdArray; c: NdArray }[] = [];
    let h = step(h0, direction);
    let c = step(c0, direction);
    for (const t of timeOrder(steps, direction)) {
      states.push({ t, h, c });
      const next = lstmCell(step(x, t), h, c, w);
      h = next.h1;
      c = next.c1;
    }
    const total = zeroWeightGradients(w);
    let dh = step(cotangents.dhn, direction);
    let dc = step(cotangents.dcn, direction);
    for (const { t, h: hBefore, c: cBefore } of states.reverse()) {
      addInto(dh, halfStep(cotangents.dy, t, direction, hidden));
      const gradients = lstmCellBackward(step(x, t), hBefore, cBefore, w, dh, dc);
      const dxHere = step(dx, t);
      addInto(dxHere, gradients.dx);
      setStep(dx, t, dxHere);
      addWeightGradients(total, gradients.dweights);
      dh = gradients.dh;
      dc = gradients.dc;
    }
    setStep(dh0, direction, dh);
    setStep(dc0, direction, dc);
    return total;
  });
  return { dx, dh0, dc0, dweights };
}
