/**
 * Gated recurrent unit, one layer, one or two directions; the bias of n's recurrent half stands inside the product with r.
 *
 * (r, z, n) in this order: r = s(W_ir x + b_ir + W_hr h + b_hr), z = s(W_iz x + b_iz + W_hz h + b_hz),
 * n = tanh(W_in x + b_in + r * (W_hn h + b_hn)), h' = (1 - z) * n + z * h. x [T, B, I], y [T, B, D*H], h0 and hn [D, B, H].
 * Source: Cho et al. 2014 (arXiv:1406.1078); https://pytorch.org/docs/1.13/generated/torch.nn.GRU.html
 */
import { linear } from './matmul.ts';
import { addInto, type NdArray, ndarray } from './ndarray.ts';
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

/** Calls `visit` for each unit with its gates; `hn` is W_hn h + b_hn, the term that r scales. */
function forEachUnit(
  x: NdArray,
  h: NdArray,
  w: RecurrentWeights,
  visit: (unit: { b: number; k: number; r: number; z: number; n: number; hn: number }) => void,
): void {
  const [batch, hidden] = h.shape;
  const fromX = linear(x, w.weight_ih, w.bias_ih);
  const fromH = linear(h, w.weight_hh, w.bias_hh);
  for (let b = 0; b < batch; b++) {
    for (let k = 0; k < hidden; k++) {
      const at = (gate: number) => (b * 3 + gate) * hidden + k;
      const r = sigmoid(fromX.data[at(0)] + fromH.data[at(0)]);
      const z = sigmoid(fromX.data[at(1)] + fromH.data[at(1)]);
      const hn = fromH.data[at(2)];
      visit({ b, k, r, z, n: Math.tanh(fromX.data[at(2)] + r * hn), hn });
    }
  }
}

/** x [B, I], h [B, H] -> h1 [B, H]. */
export function gruCell(x: NdArray, h: NdArray, w: RecurrentWeights): NdArray {
  const hidden = h.shape[1];
  const h1 = ndarray(h.shape);
  forEachUnit(x, h, w, ({ b, k, z, n }) => {
    h1.data[b * hidden + k] = (1 - z) * n + z * h.data[b * hidden + k];
  });
  return h1;
}

export interface GruCellGradients {
  readonly dx: NdArray;
  readonly dh: NdArray;
  readonly dweights: RecurrentWeightGradients;
}

export function gruCellBackward(x: NdArray, h: NdArray, w: RecurrentWeights, dh1: NdArray): GruCellGradients {
  const [batch, hidden] = h.shape;
  // The two linear maps get the same gradient for r and z, but n's recurrent half is scaled by r.
  const dgatesX = ndarray([batch, 3 * hidden]);
  const dgatesH = ndarray([batch, 3 * hidden]);
  const direct = ndarray(h.shape);
  forEachUnit(x, h, w, ({ b, k, r, z, n, hn }) => {
    const at = (gate: number) => (b * 3 + gate) * hidden + k;
    const g = dh1.data[b * hidden + k];
    const dn = g * (1 - z) * (1 - n * n);
    const dr = dn * hn * r * (1 - r);
    const dz = g * (h.data[b * hidden + k] - n) * z * (1 - z);
    dgatesX.data[at(0)] = dr;
    dgatesH.data[at(0)] = dr;
    dgatesX.data[at(1)] = dz;
    dgatesH.data[at(1)] = dz;
    dgatesX.data[at(2)] = dn;
    dgatesH.data[at(2)] = dn * r;
    direct.data[b * hidden + k] = g * z;
  });
  const gradients = cellLinearBackward(x, h, w, dgatesX, dgatesH);
  addInto(gradients.dh, direct);
  return gradients;
}

/** `weights[0]` runs forward in time, `weights[1]`, where given, backward. */
export function gru(x: NdArray, h0: NdArray, weights: readonly RecurrentWeights[]): { y: NdArray; hn: NdArray } {
  const [steps, batch] = x.shape;
  const y = ndarray([steps, batch, weights.length * h0.shape[2]]);
  const hn = ndarray(h0.shape);
  weights.forEach((w, direction) => {
    let h = step(h0, direction);
    for (const t of timeOrder(steps, direction)) {
      h = gruCell(step(x, t), h, w);
      setHalfStep(y, t, direction, h);
    }
    setStep(hn, direction, h);
  });
  return { y, hn };
}

export interface GruGradients {
  readonly dx: NdArray;
  readonly dh0: NdArray;
  readonly dweights: readonly RecurrentWeightGradients[];
}

export function gruBackward(
  x: NdArray,
  h0: NdArray,
  weights: readonly RecurrentWeights[],
  cotangents: { readonly dy: NdArray; readonly dhn: NdArray },
): GruGradients {
  const dx = ndarray(x.shape);
  const dh0 = ndarray(h0.shape);
  const dweights = weights.map((w, direction) => {
    // The state that entered each step, in the order of the walk.
    const states: { t: number; h: NdArray }[] = [];
    let h = step(h0, direction);
    for (const t of timeOrder(x.shape[0], direction)) {
      states.push({ t, h });
      h = gruCell(step(x, t), h, w);
    }
    const total = zeroWeightGradients(w);
    let dh = step(cotangents.dhn, direction);
    for (const { t, h: hBefore } of states.reverse()) {
      addInto(dh, halfStep(cotangents.dy, t, direction, h0.shape[2]));
      const gradients = gruCellBackward(step(x, t), hBefore, w, dh);
      const dxHere = step(dx, t);
      addInto(dxHere, gradients.dx);
      setStep(dx, t, dxHere);
      addWeightGradients(total, gradients.dweights);
      dh = gradients.dh;
    }
    setStep(dh0, direction, dh);
    return total;
  });
  return { dx, dh0, dweights };
}
