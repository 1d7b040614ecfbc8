/** Runs the float64 oracle on the cases of CONFORMANCE.md: names and attributes as PyTorch gives them, the oracle's functions behind. */
import type { ConformanceCase } from '../../src/check/conformance.ts';
import * as ref from '../../src/check/reference/index.ts';
import { map, type NdArray, ndarray } from '../../src/check/reference/index.ts';

export type Result = Record<string, NdArray>;
type Runner = (c: Arguments) => Result;

/** A case's tensors as arrays, and its attributes by type. */
export class Arguments {
  readonly case: ConformanceCase;

  constructor(c: ConformanceCase) {
    this.case = c;
  }

  has(name: string): boolean {
    return name in this.case.tensors;
  }

  get(name: string): NdArray {
    const tensor = this.case.tensors[name];
    if (tensor === undefined) throw new Error(`${this.case.id} has no tensor ${name}`);
    return ndarray(tensor.shape, tensor.data);
  }

  optional(name: string): NdArray | undefined {
    return this.has(name) ? this.get(name) : undefined;
  }

  number(name: string, fallback?: number): number {
    const value = this.case.attrs[name] ?? fallback;
    if (typeof value !== 'number') throw new Error(`${this.case.id}: attribute ${name} is not a number`);
    return value;
  }

  flag(name: string): boolean {
    return this.case.attrs[name] === true;
  }

  list(name: string): number[] {
    const value = this.case.attrs[name];
    if (!Array.isArray(value)) throw new Error(`${this.case.id}: attribute ${name} is not a list`);
    return value.map(Number);
  }

  pair(name: string): [number, number] {
    const [first, second] = this.list(name);
    return [first, second];
  }

  /** dim may be one number, a list, or absent. */
  dims(): number[] | undefined {
    const value = this.case.attrs.dim;
    if (value === undefined || value === null) return undefined;
    return Array.isArray(value) ? value.map(Number) : [Number(value)];
  }
}

function padding(a: Arguments): ref.Padding {
  const [h, w] = a.pair('padding');
  return { top: h, bottom: h, left: w, right: w };
}

function conv2d(a: Arguments): Result {
  const options = { stride: a.pair('stride'), dilation: a.pair('dilation'), padding: padding(a) };
  const [x, w] = [a.get('x'), a.get('weight')];
  const { dx, dw, db } = ref.conv2dBackward(x, w, a.get('g_y'), options);
  return { y: ref.conv2d(x, w, a.optional('bias'), options), grad_x: dx, grad_weight: dw, grad_bias: db };
}

function maxpool(a: Arguments): Result {
  const options = {
    kernel: a.pair('kernel'),
    stride: a.pair('stride'),
    dilation: a.pair('dilation'),
    padding: padding(a),
  };
  const { y, indices } = ref.maxpool2d(a.get('x'), options);
  return { y, indices, grad_x: ref.maxpool2dBackward(a.get('x'), indices, a.get('g_y')) };
}

function batchNorm(a: Arguments): Result {
  const channels = a.get('x').shape[1];
  const params = {
    w: a.optional('weight') ?? ref.full([channels], 1),
    b: a.optional('bias') ?? ref.full([channels], 0),
    runningMean: a.get('running_mean'),
    runningVar: a.get('running_var'),
  };
  const options = { training: a.flag('training'), momentum: a.number('momentum', 0.1), eps: a.number('eps') };
  const { y, newRunningMean, newRunningVar } = ref.batchnorm2d(a.get('x'), params, options);
  const { dx, dw, db } = ref.batchnorm2dBackward(a.get('x'), params, a.get('g_y'), options);
  return {
    y,
    new_running_mean: newRunningMean,
    new_running_var: newRunningVar,
    grad_x: dx,
    grad_weight: dw,
    grad_bias: db,
  };
}

function batchNormSequence(a: Arguments): Result {
  const channels = a.get('weight').shape;
  let params = {
    w: a.get('weight'),
    b: a.get('bias'),
    runningMean: ref.full(channels, 0),
    runningVar: ref.full(channels, 1),
  };
  const results: Result = {};
  for (let i = 0; i < a.number('steps'); i++) {
    const done = ref.batchnorm2d(a.get(`x${i}`), params, {
      training: true,
      momentum: a.number('momentum'),
      eps: a.number('eps'),
    });
    params = { ...params, runningMean: done.newRunningMean, runningVar: done.newRunningVar };
    results[`y${i}`] = done.y;
  }
  const { y } = ref.batchnorm2d(a.get('x_eval'), params, { training: false, eps: a.number('eps') });
  return { ...results, y_eval: y, new_running_mean: params.runningMean, new_running_var: params.runningVar };
}

function layerNorm(a: Arguments): Result {
  const options = { normalizedShape: a.list('normalized_shape'), eps: a.number('eps') };
  const { dx, dw, db } = ref.layernormBackward(a.get('x'), a.optional('weight'), a.get('g_y'), options);
  const y = ref.layernorm(a.get('x'), a.optional('weight'), a.optional('bias'), options);
  return { y, grad_x: dx, grad_weight: dw, grad_bias: db };
}

function matmul(a: Arguments): Result {
  const options = { transA: a.flag('trans_a'), transB: a.flag('trans_b') };
  const { da, db } = ref.matmulBackward(a.get('a'), a.get('b'), a.get('g_y'), options);
  return { y: ref.matmul(a.get('a'), a.get('b'), options), grad_a: da, grad_b: db };
}

function linear(a: Arguments): Result {
  const { dx, dw, db } = ref.linearBackward(a.get('x'), a.get('weight'), a.get('g_y'));
  return { y: ref.linear(a.get('x'), a.get('weight'), a.optional('bias')), grad_x: dx, grad_weight: dw, grad_bias: db };
}

function transposeTime(x: NdArray): NdArray {
  return ref.permute(x, [1, 0, 2]);
}

/** Stacks the oracle's one-layer ops: directions as given, layers from the bottom up, gradients back down. */
function recurrent(a: Arguments): Result {
  const isLstm = a.case.op === 'lstm';
  const layers = a.number('num_layers');
  const directions = a.flag('bidirectional') ? ['', '_reverse'] : [''];
  const D = directions.length;
  const turn = (x: NdArray) => (a.flag('batch_first') ? transposeTime(x) : x);
  let x = turn(a.get('x'));
  const zeros = ndarray([layers * D, x.shape[1], a.number('hidden_size')]);
  const [h0, c0] = [a.optional('h0') ?? zeros, a.optional('c0') ?? zeros];
  const part = (states: NdArray, l: number) => ref.slice(states, 0, { start: l * D, end: (l + 1) * D });
  const weights = (l: number): ref.RecurrentWeights[] =>
    directions.map((suffix) => ({
      weight_ih: a.get(`weight_ih_l${l}${suffix}`),
      weight_hh: a.get(`weight_hh_l${l}${suffix}`),
      bias_ih: a.optional(`bias_ih_l${l}${suffix}`),
      bias_hh: a.optional(`bias_hh_l${l}${suffix}`),
    }));
  const xs: NdArray[] = [];
  const hns: NdArray[] = [];
  const cns: NdArray[] = [];
  for (let l = 0; l < layers; l++) {
    xs.push(x);
    if (isLstm) {
      const { y, hn, cn } = ref.lstm(x, part(h0, l), part(c0, l), weights(l));
      x = y;
      hns.push(hn);
      cns.push(cn);
    } else {
      const { y, hn } = ref.gru(x, part(h0, l), weights(l));
      x = y;
      hns.push(hn);
    }
  }
  const results: Result = { y: turn(x), hn: ref.concat(hns, 0) };
  if (isLstm) results.cn = ref.concat(cns, 0);
  let dy = turn(a.get('g_y'));
  const dh0: NdArray[] = [];
  const dc0: NdArray[] = [];
  for (let l = layers - 1; l >= 0; l--) {
    const dhn = part(a.optional('g_hn') ?? zeros, l);
    const dcn = part(a.optional('g_cn') ?? zeros, l);
    const gradients = isLstm
      ? ref.lstmBackward(xs[l], part(h0, l), part(c0, l), weights(l), { dy, dhn, dcn })
      : { ...ref.gruBackward(xs[l], part(h0, l), weights(l), { dy, dhn }), dc0: dcn };
    dy = gradients.dx;
    dh0.unshift(gradients.dh0);
    dc0.unshift(gradients.dc0);
    gradients.dweights.forEach((dw, d) => {
      for (const [name, value] of Object.entries(dw)) results[`grad_${name}_l${l}${directions[d]}`] = value;
    });
  }
  return { ...results, grad_x: turn(dy), grad_h0: ref.concat(dh0, 0), grad_c0: ref.concat(dc0, 0) };
}

function cell(a: Arguments): Result {
  const w = {
    weight_ih: a.get('weight_ih'),
    weight_hh: a.get('weight_hh'),
    bias_ih: a.optional('bias_ih'),
    bias_hh: a.optional('bias_hh'),
  };
  const [x, h] = [a.get('x'), a.get('h')];
  const named = (dw: ref.RecurrentWeightGradients) =>
    Object.fromEntries(Object.entries(dw).map(([k, v]) => [`grad_${k}`, v]));
  if (a.case.op === 'gru_cell') {
    const { dx, dh, dweights } = ref.gruCellBackward(x, h, w, a.get('g_h1'));
    return { h1: ref.gruCell(x, h, w), grad_x: dx, grad_h: dh, ...named(dweights) };
  }
  const { dx, dh, dc, dweights } = ref.lstmCellBackward(x, h, a.get('c'), w, a.get('g_h1'), a.get('g_c1'));
  return { ...ref.lstmCell(x, h, a.get('c'), w), grad_x: dx, grad_h: dh, grad_c: dc, ...named(dweights) };
}

function ctc(a: Arguments): Result {
  const lengths = a.get('target_lengths');
  const given = a.get('targets');
  const targets = {
    targets: given.shape.length === 1 ? ref.padTargets(given, lengths) : given,
    inputLengths: a.get('input_lengths'),
    targetLengths: lengths,
  };
  const reduction = (['none', 'mean', 'sum'] as const).find((name) => name === a.case.attrs.reduction);
  const options = { blank: a.number('blank'), reduction, zeroInfinity: a.flag('zero_infinity') };
  const { loss, perSample } = ref.ctcLoss(a.get('logits'), targets, options);
  const dloss = a.optional('g_loss') ?? ref.full(loss.shape, 1);
  return {
    loss,
    per_sample_loss: perSample,
    grad_logits: ref.ctcLossBackward(a.get('logits'), targets, dloss, options),
  };
}

const unary =
  (name: ref.UnaryName): Runner =>
  (a) => {
    const options = { negativeSlope: a.number('negative_slope', 0.01) };
    return {
      y: ref.unary(name, a.get('x'), options),
      grad_x: ref.unaryBackward(name, a.get('x'), a.get('g_y'), options),
    };
  };

const binary =
  (name: ref.BinaryName): Runner =>
  (a) => {
    const { da, db } = ref.binaryBackward(name, a.get('a'), a.get('b'), a.get('g_y'));
    return { y: ref.binary(name, a.get('a'), a.get('b')), grad_a: da, grad_b: db };
  };

const PARTS = ['a', 'b', 'c', 'd'];

function join(a: Arguments): Result {
  const names = PARTS.filter((name) => a.has(name));
  const xs = names.map((name) => a.get(name));
  const [op, back] = a.case.op === 'stack' ? [ref.stack, ref.stackBackward] : [ref.concat, ref.concatBackward];
  const results: Result = { y: op(xs, a.number('dim')) };
  back(xs, a.get('g_y'), a.number('dim')).forEach((gradient, i) => {
    results[`grad_${names[i]}`] = gradient;
  });
  return results;
}

function reduced(a: Arguments): Result {
  const options = { dims: a.dims(), keepdim: a.flag('keepdim') };
  const [x, dy] = [a.get('x'), a.get('g_y')];
  if (a.case.op === 'sum') return { y: ref.sum(x, options), grad_x: ref.sumBackward(x, dy, options) };
  if (a.case.op === 'mean') return { y: ref.mean(x, options), grad_x: ref.meanBackward(x, dy, options) };
  return { y: ref.max(x, options), grad_x: ref.maxBackward(x, dy, options) };
}

function softmax(a: Arguments): Result {
  const dim = a.number('dim');
  const [x, dy] = [a.get('x'), a.get('g_y')];
  if (a.case.op === 'softmax')
    return { y: ref.softmax(x, dim), grad_x: ref.softmaxBackward(ref.softmax(x, dim), dy, dim) };
  return { y: ref.logSoftmax(x, dim), grad_x: ref.logSoftmaxBackward(ref.logSoftmax(x, dim), dy, dim) };
}

function graph(a: Arguments): Result {
  const x = a.get('a');
  const dy = a.get('g_y');
  const formula = a.case.attrs.graph;
  if (formula === 'y = a*a + a')
    return { y: map(x, (v) => v * v + v), grad_a: map(x, (v, i) => (2 * v + 1) * dy.data[i]) };
  if (formula === 'y = a*detach(a)') return { y: map(x, (v) => v * v), grad_a: map(x, (v, i) => v * dy.data[i]) };
  const [upper, lower] = [
    { start: 0, end: 3 },
    { start: 1, end: 4 },
  ];
  const [p, q] = [ref.slice(x, 0, upper), ref.slice(x, 0, lower)];
  const { da, db } = ref.binaryBackward('mul', p, q, dy);
  const grad = ref.sliceBackward(x, da, 0, upper);
  ref.addInto(grad, ref.sliceBackward(x, db, 0, lower));
  return { y: ref.binary('mul', p, q), grad_a: grad };
}

export const RUNNERS: Readonly<Record<string, Runner>> = {
  conv2d,
  max_pool2d: maxpool,
  batch_norm: batchNorm,
  batch_norm_sequence: batchNormSequence,
  layer_norm: layerNorm,
  matmul,
  linear,
  lstm: recurrent,
  gru: recurrent,
  lstm_cell: cell,
  gru_cell: cell,
  ctc_loss: ctc,
  ...Object.fromEntries(Object.keys(ref.UNARY).map((name) => [name, unary(name as ref.UnaryName)])),
  ...Object.fromEntries(Object.keys(ref.BINARY).map((name) => [name, binary(name as ref.BinaryName)])),
  softmax,
  log_softmax: softmax,
  sum: reduced,
  mean: reduced,
  max: reduced,
  concat: join,
  stack: join,
  reshape: (a) => ({
    y: ref.reshape(a.get('x'), a.list('shape')),
    grad_x: ref.reshapeBackward(a.get('x'), a.get('g_y')),
  }),
  map_to_sequence: (a) => ({
    y: ref.mapToSequence(a.get('x')),
    grad_x: ref.mapToSequenceBackward(a.get('x'), a.get('g_y')),
  }),
  dropout_given_mask: (a) => ({
    y: ref.dropout(a.get('x'), a.get('mask'), a.number('p')),
    grad_x: ref.dropoutBackward(a.get('mask'), a.get('g_y'), a.number('p')),
  }),
  graph,
};
