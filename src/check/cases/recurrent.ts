import { gru, gruBackward, gruCell, gruCellBackward } from '../reference/gru.ts';
import { concat } from '../reference/layout.ts';
import { lstm, lstmBackward, lstmCell, lstmCellBackward } from '../reference/lstm.ts';
import { linear } from '../reference/matmul.ts';
import { abs, type NdArray } from '../reference/ndarray.ts';
import { halfStep, type RecurrentWeightGradients, type RecurrentWeights, step } from '../reference/recurrent.ts';
import { peak, reduction, sum } from './tolerance.ts';
import {
  type CheckCase,
  type Evaluated,
  f32,
  type InputSpec,
  type OpCheck,
  type Tensors,
  type Tolerance,
} from './types.ts';

interface Size {
  readonly T: number;
  readonly B: number;
  readonly I: number;
  readonly H: number;
  readonly bidirectional?: boolean;
  readonly bias?: boolean;
  /** Of the weights; PyTorch's default initialisation is uniform within 1/sqrt(H). */
  readonly scale?: number;
}

const PARTS = ['weight_ih', 'weight_hh', 'bias_ih', 'bias_hh'] as const;
const suffixes = (inputs: Tensors | CheckCase['inputs']) =>
  'weight_ih_l0_reverse' in inputs ? ['_l0', '_l0_reverse'] : ['_l0'];

function weightSpecs(gates: number, { I, H, bias = true, scale }: Size, suffix: string): Record<string, InputSpec> {
  const spread = { scale: scale ?? 1 / Math.sqrt(3 * H) };
  const specs: Record<string, InputSpec> = {
    [`weight_ih${suffix}`]: f32([gates * H, I], 'normal', spread),
    [`weight_hh${suffix}`]: f32([gates * H, H], 'normal', spread),
  };
  if (bias) {
    specs[`bias_ih${suffix}`] = f32([gates * H], 'normal', spread);
    specs[`bias_hh${suffix}`] = f32([gates * H], 'normal', spread);
  }
  return specs;
}

function layerCase(op: 'lstm' | 'gru', name: string, size: Size, extra: Partial<CheckCase> = {}): CheckCase {
  const { T, B, I, H, bidirectional = false, bias = true } = size;
  const directions = bidirectional ? 2 : 1;
  const gates = op === 'lstm' ? 4 : 3;
  const inputs: Record<string, InputSpec> = {
    x: f32([T, B, I]),
    h0: f32([directions, B, H], 'normal', { scale: 0.5 }),
  };
  if (op === 'lstm') inputs.c0 = f32([directions, B, H], 'normal', { scale: 0.5 });
  Object.assign(inputs, weightSpecs(gates, size, '_l0'));
  if (bidirectional) Object.assign(inputs, weightSpecs(gates, size, '_l0_reverse'));
  const attrs = { input_size: I, hidden_size: H, bidirectional, bias, T, B };
  return { op, name, attrs, inputs, quick: true, ...extra };
}

function layerCases(op: 'lstm' | 'gru'): CheckCase[] {
  return [
    layerCase(op, 'one', { T: 1, B: 1, I: 1, H: 1 }),
    layerCase(op, 'odd', { T: 5, B: 3, I: 7, H: 9 }),
    layerCase(op, 'bidirectional', { T: 6, B: 2, I: 5, H: 8, bidirectional: true }),
    layerCase(op, 'no_bias', { T: 4, B: 2, I: 3, H: 5, bias: false }),
    layerCase(op, 'not_multiple_of_tile', { T: 3, B: 17, I: 6, H: 33, bidirectional: true }),
    layerCase(op, 'many_rows', { T: 3, B: 33, I: 5, H: 12, bidirectional: true }),
    layerCase(op, 'saturated', { T: 8, B: 2, I: 4, H: 6, scale: 5 }, { hard: true }),
    layerCase(op, 'long', { T: 120, B: 2, I: 4, H: 10, bidirectional: true }, { quick: false }),
    layerCase(op, 'wide_batch', { T: 3, B: 70, I: 5, H: 16 }, { quick: false }),
    layerCase(op, 'article', { T: 42, B: 1, I: 64, H: 256, bidirectional: true }, { quick: false }),
  ];
}

function weightsOf(inputs: Tensors): RecurrentWeights[] {
  return suffixes(inputs).map((suffix) => ({
    weight_ih: inputs[`weight_ih${suffix}`],
    weight_hh: inputs[`weight_hh${suffix}`],
    bias_ih: inputs[`bias_ih${suffix}`],
    bias_hh: inputs[`bias_hh${suffix}`],
  }));
}

/** Gradients under the names of the inputs; those of absent biases are left out. */
function namedGradients(
  inputs: Tensors,
  dweights: readonly RecurrentWeightGradients[],
  suffix: readonly string[],
): Record<string, NdArray> {
  const grads: Record<string, NdArray> = {};
  dweights.forEach((gradients, direction) => {
    for (const part of PARTS) {
      const name = `${part}${suffix[direction]}`;
      if (inputs[name] !== undefined) grads[`d${name}`] = gradients[part];
    }
  });
  return grads;
}

export const lstmCheck: OpCheck = {
  op: 'lstm',
  differentiable: ['y', 'hn', 'cn'],
  cases: layerCases('lstm'),
  forward: (_, inputs) => ({ ...lstm(inputs.x, inputs.h0, inputs.c0, weightsOf(inputs)) }),
  backward(_, inputs, { dy, dhn, dcn }): Record<string, NdArray> {
    const { dx, dh0, dc0, dweights } = lstmBackward(inputs.x, inputs.h0, inputs.c0, weightsOf(inputs), {
      dy,
      dhn,
      dcn,
    });
    return { dx, dh0, dc0, ...namedGradients(inputs, dweights, suffixes(inputs)) };
  },
  tolerances: recurrentTolerances,
};

export const gruCheck: OpCheck = {
  op: 'gru',
  differentiable: ['y', 'hn'],
  cases: layerCases('gru'),
  forward: (_, inputs) => ({ ...gru(inputs.x, inputs.h0, weightsOf(inputs)) }),
  backward(_, inputs, { dy, dhn }): Record<string, NdArray> {
    const { dx, dh0, dweights } = gruBackward(inputs.x, inputs.h0, weightsOf(inputs), { dy, dhn });
    return { dx, dh0, ...namedGradients(inputs, dweights, suffixes(inputs)) };
  },
  tolerances: recurrentTolerances,
};

function cellCase(op: 'lstm_cell' | 'gru_cell', name: string, size: Size, extra: Partial<CheckCase> = {}): CheckCase {
  const { B, I, H } = size;
  const inputs: Record<string, InputSpec> = { x: f32([B, I]), h: f32([B, H], 'normal', { scale: 0.5 }) };
  if (op === 'lstm_cell') inputs.c = f32([B, H], 'normal', { scale: 0.5 });
  Object.assign(inputs, weightSpecs(op === 'lstm_cell' ? 4 : 3, size, ''));
  return { op, name, attrs: { input_size: I, hidden_size: H, B }, inputs, quick: true, ...extra };
}

function cellCases(op: 'lstm_cell' | 'gru_cell'): CheckCase[] {
  return [
    cellCase(op, 'one', { T: 1, B: 1, I: 1, H: 1 }),
    cellCase(op, 'odd', { T: 1, B: 3, I: 7, H: 9 }),
    cellCase(op, 'no_bias', { T: 1, B: 2, I: 3, H: 4, bias: false }),
    cellCase(op, 'saturated', { T: 1, B: 2, I: 4, H: 6, scale: 5 }, { hard: true }),
  ];
}

function cellWeights({ weight_ih, weight_hh, bias_ih, bias_hh }: Tensors): RecurrentWeights {
  return { weight_ih, weight_hh, bias_ih, bias_hh };
}

export const lstmCellCheck: OpCheck = {
  op: 'lstm_cell',
  differentiable: ['h1', 'c1'],
  cases: cellCases('lstm_cell'),
  forward: (_, inputs) => ({ ...lstmCell(inputs.x, inputs.h, inputs.c, cellWeights(inputs)) }),
  backward(_, inputs, { dh1, dc1 }): Record<string, NdArray> {
    const { dx, dh, dc, dweights } = lstmCellBackward(inputs.x, inputs.h, inputs.c, cellWeights(inputs), dh1, dc1);
    return { dx, dh, dc, ...namedGradients(inputs, [dweights], ['']) };
  },
  tolerances: recurrentTolerances,
};

export const gruCellCheck: OpCheck = {
  op: 'gru_cell',
  differentiable: ['h1'],
  cases: cellCases('gru_cell'),
  forward: (_, inputs) => ({ h1: gruCell(inputs.x, inputs.h, cellWeights(inputs)) }),
  backward(_, inputs, { dh1 }): Record<string, NdArray> {
    const { dx, dh, dweights } = gruCellBackward(inputs.x, inputs.h, cellWeights(inputs), dh1);
    return { dx, dh, ...namedGradients(inputs, [dweights], ['']) };
  },
  tolerances: recurrentTolerances,
};

/** Largest 1-norm and 2-norm of a column of a matrix. */
function columnNorms(w: NdArray): { one: number; two: number } {
  const columns = w.shape[1];
  const sums = new Float64Array(columns);
  const squares = new Float64Array(columns);
  for (let i = 0; i < w.data.length; i++) {
    sums[i % columns] += Math.abs(w.data[i]);
    squares[i % columns] += w.data[i] ** 2;
  }
  return { one: Math.max(...sums), two: Math.sqrt(Math.max(...squares)) };
}

/** Largest sum of absolute products, bias included, in a linear map of rows. */
function linearPeak(rows: NdArray, w: NdArray, b: NdArray | undefined): number {
  return peak(linear(abs(rows), abs(w), b && abs(b)));
}

/** Every state that enters or leaves a step of one direction, as rows of H. */
function statesOf(e: Evaluated, direction: number): NdArray {
  const { h0, h } = e.inputs;
  if (h0 === undefined) return h;
  const H = h0.shape[2];
  const T = e.outputs.y.shape[0];
  const steps = Array.from({ length: T }, (_, t) => halfStep(e.outputs.y, t, direction, H));
  return concat([step(h0, direction), ...steps], 0);
}

/**
 * A pre-activation sums I + H products and two biases, T times one after another: K = (I + H + 2) T, with S >= 1 the largest sum of
 * their absolute values. The gates' slopes are at most 1, so h is off by E = reduction(K, S), c by that times its size.
 * Backward, a gate's gradient is at most G * state, with G the gradient that reaches the states (largest at the ends of the recursion) and
 * state what the gate multiplies (c, or W_hn h + b_hn, behind a sigmoid's slope of 1/4 at most); it is off by E times that.
 * The errors of different gates, items and steps are independent, so their weighted sums grow with the 2-norm of the weights. The sums'
 * own rounding comes on top: reduction(number of terms, 1-norm * G).
 */
function recurrentTolerances(e: Evaluated): Record<string, Tolerance> {
  const { case: c, inputs, outputs, cotangents, grads } = e;
  const { x } = inputs;
  const layer = x.shape.length === 3;
  const I = x.shape[x.shape.length - 1];
  const H = (inputs.h0 ?? inputs.h).shape.slice(-1)[0];
  const T = layer ? x.shape[0] : 1;
  const places = x.data.length / I;
  const names = layer ? suffixes(inputs) : [''];
  const gates = inputs[`weight_hh${names[0]}`].shape[0];
  let S = 1;
  let fromHidden = 0;
  let hMost = 0;
  const ofX = { one: 0, two: 0 };
  const ofH = { one: 0, two: 0 };
  names.forEach((suffix, direction) => {
    const states = statesOf(e, direction);
    const hidden = linearPeak(states, inputs[`weight_hh${suffix}`], inputs[`bias_hh${suffix}`]);
    fromHidden = Math.max(fromHidden, hidden);
    hMost = Math.max(hMost, peak(states));
    S = Math.max(S, hidden + linearPeak(x, inputs[`weight_ih${suffix}`], inputs[`bias_ih${suffix}`]));
    // Both directions write to the same dx.
    const ih = columnNorms(inputs[`weight_ih${suffix}`]);
    const hh = columnNorms(inputs[`weight_hh${suffix}`]);
    ofX.one += ih.one;
    ofX.two += ih.two;
    ofH.one = Math.max(ofH.one, hh.one);
    ofH.two = Math.max(ofH.two, hh.two);
  });
  const K = (I + H + 2) * T;
  const cMost = Math.max(1, peak(inputs.c0 ?? inputs.c), peak(outputs.cn ?? outputs.c1));
  const ends = [...Object.values(cotangents), grads.dh0 ?? grads.dh, grads.dc0 ?? grads.dc];
  const upstream = Math.max(...ends.map((end) => peak(end)));
  const G = upstream * Math.max(1, (c.op.startsWith('lstm') ? cMost : fromHidden) / 4);

  /** Of a sum over `terms` gate gradients with weights of these norms. */
  const gateSum = (terms: number, one: number, two: number) =>
    sum(reduction(K, S * G * two), reduction(terms, (G * one) / 4));
  const overPlaces = (size: number) => gateSum(places, places * size, Math.sqrt(places) * size);
  const tol: Record<string, Tolerance> = {};
  for (const name of Object.keys(outputs)) tol[name] = reduction(K, S * (name.startsWith('c') ? cMost : 1));
  tol.dx = gateSum(gates, ofX.one, ofX.two);
  for (const name of ['dh0', 'dh']) tol[name] = gateSum(gates, 1 + ofH.one, 1 + ofH.two);
  for (const name of ['dc0', 'dc']) tol[name] = reduction(K, S * G);
  for (const suffix of names) {
    tol[`dweight_ih${suffix}`] = overPlaces(peak(x));
    tol[`dweight_hh${suffix}`] = overPlaces(hMost);
    tol[`dbias_ih${suffix}`] = overPlaces(1);
    tol[`dbias_hh${suffix}`] = overPlaces(1);
  }
  return tol;
}
