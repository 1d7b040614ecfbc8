/** The whole small model of the crnn suite, variant A, on the float64 oracle: step 0 in full, then twenty training steps an optimiser. */
import * as ref from '../../src/check/reference/index.ts';
import { type NdArray, ndarray } from '../../src/check/reference/index.ts';
import type { Arguments, Result } from './pytorch.ts';
import { makeOptimizer } from './pytorch_optim.ts';

type Params = Readonly<Record<string, NdArray>>;

interface Running {
  runningMean: NdArray;
  runningVar: NdArray;
}

const pad = (h: number, w: number): ref.Padding => ({ top: h, bottom: h, left: w, right: w });
const CONV = { padding: pad(1, 1) };
const POOLS: readonly ref.Maxpool2dOptions[] = [
  { kernel: [2, 2] },
  { kernel: [2, 1] },
  { kernel: [2, 2], stride: [2, 1], padding: pad(0, 1) },
];
const PARTS = ['weight_ih', 'weight_hh', 'bias_ih', 'bias_hh'] as const;

function layerWeights(p: Params, layer: number): ref.RecurrentWeights[] {
  return ['', '_reverse'].map((suffix) => ({
    weight_ih: p[`rnn.weight_ih_l${layer}${suffix}`],
    weight_hh: p[`rnn.weight_hh_l${layer}${suffix}`],
    bias_ih: p[`rnn.bias_ih_l${layer}${suffix}`],
    bias_hh: p[`rnn.bias_hh_l${layer}${suffix}`],
  }));
}

/** Logits, the new running statistics, and the way back from the gradient of the logits to that of every parameter and of x. */
function model(p: Params, x: NdArray, running: Running, training: boolean) {
  const norm = { w: p['bn2.weight'], b: p['bn2.bias'], ...running };
  const c1 = ref.conv2d(x, p['conv1.weight'], p['conv1.bias'], CONV);
  const r1 = ref.unary('relu', c1);
  const p1 = ref.maxpool2d(r1, POOLS[0]);
  const c2 = ref.conv2d(p1.y, p['conv2.weight'], undefined, CONV);
  const n2 = ref.batchnorm2d(c2, norm, { training });
  const r2 = ref.unary('relu', n2.y);
  const p2 = ref.maxpool2d(r2, POOLS[1]);
  const c3 = ref.conv2d(p2.y, p['conv3.weight'], p['conv3.bias'], CONV);
  const r3 = ref.unary('relu', c3);
  const p3 = ref.maxpool2d(r3, POOLS[2]);
  const c4 = ref.conv2d(p3.y, p['conv4.weight'], p['conv4.bias']);
  const r4 = ref.unary('relu', c4);
  const sequence = ref.mapToSequence(r4);
  const zeros = ndarray([2, x.shape[0], 16]);
  const layer0 = ref.lstm(sequence, zeros, zeros, layerWeights(p, 0));
  const layer1 = ref.lstm(layer0.y, zeros, zeros, layerWeights(p, 1));
  const logits = ref.linear(layer1.y, p['fc.weight'], p['fc.bias']);

  function backward(dlogits: NdArray): Record<string, NdArray> {
    const grads: Record<string, NdArray> = {};
    const conv = (name: string, input: NdArray, dy: NdArray, options: ref.Conv2dOptions) => {
      const { dx, dw, db } = ref.conv2dBackward(input, p[`${name}.weight`], dy, options);
      grads[`${name}.weight`] = dw;
      grads[`${name}.bias`] = db;
      return dx;
    };
    const recurrent = (layer: number, input: NdArray, dy: NdArray) => {
      const { dx, dweights } = ref.lstmBackward(input, zeros, zeros, layerWeights(p, layer), {
        dy,
        dhn: zeros,
        dcn: zeros,
      });
      dweights.forEach((dw, d) => {
        for (const part of PARTS) grads[`rnn.${part}_l${layer}${d === 0 ? '' : '_reverse'}`] = dw[part];
      });
      return dx;
    };
    const fc = ref.linearBackward(layer1.y, p['fc.weight'], dlogits);
    grads['fc.weight'] = fc.dw;
    grads['fc.bias'] = fc.db;
    const dr4 = ref.mapToSequenceBackward(r4, recurrent(0, sequence, recurrent(1, layer0.y, fc.dx)));
    const dp3 = conv('conv4', p3.y, ref.unaryBackward('relu', c4, dr4), {});
    const dr3 = ref.maxpool2dBackward(r3, p3.indices, dp3);
    const dp2 = conv('conv3', p2.y, ref.unaryBackward('relu', c3, dr3), CONV);
    const dr2 = ref.maxpool2dBackward(r2, p2.indices, dp2);
    const bn = ref.batchnorm2dBackward(c2, norm, ref.unaryBackward('relu', n2.y, dr2), { training });
    grads['bn2.weight'] = bn.dw;
    grads['bn2.bias'] = bn.db;
    const dp1 = conv('conv2', p1.y, bn.dx, CONV);
    const dr1 = ref.maxpool2dBackward(r1, p1.indices, dp1);
    grads.x = conv('conv1', x, ref.unaryBackward('relu', c1, dr1), CONV);
    return grads;
  }
  return { logits, backward, running: { runningMean: n2.newRunningMean, runningVar: n2.newRunningVar } };
}

export function crnn(a: Arguments): Result {
  const x = a.get('x');
  const names = Object.keys(a.case.tensors).filter((name) => a.case.tensors[name].role === 'param');
  const initial: Params = Object.fromEntries(names.map((name) => [name, a.get(name)]));
  const start: Running = { runningMean: ref.full([16], 0), runningVar: ref.full([16], 1) };
  const targets = {
    targets: a.get('targets'),
    targetLengths: a.get('target_lengths'),
    inputLengths: ref.full([x.shape[0]], a.number('T')),
  };
  const options = { blank: a.number('blank'), reduction: 'mean' as const };
  const results: Result = {};

  const first = model(initial, x, start, true);
  results.logits = first.logits;
  results.loss = ref.ctcLoss(first.logits, targets, options).loss;
  const gradients = first.backward(ref.ctcLossBackward(first.logits, targets, ref.scalar(1), options));
  for (const [name, gradient] of Object.entries(gradients)) results[`grad_${name}`] = gradient;
  results['bn2.running_mean_after_1'] = first.running.runningMean;
  results['bn2.running_var_after_1'] = first.running.runningVar;

  const hypers = Object.entries(a.case.attrs.hyper as Readonly<Record<string, Readonly<Record<string, unknown>>>>);
  for (const [label, hyper] of hypers) {
    const optimizer = makeOptimizer(hyper);
    const losses: number[] = [];
    let params = initial;
    let running = start;
    for (let i = 0; i < a.number('steps'); i++) {
      const run = model(params, x, running, true);
      running = run.running;
      losses.push(ref.ctcLoss(run.logits, targets, options).loss.data[0]);
      const grads = run.backward(ref.ctcLossBackward(run.logits, targets, ref.scalar(1), options));
      let list = names.map((name) => grads[name]);
      if (typeof hyper.clip_grad_norm === 'number') list = ref.clipGradNorm(list, hyper.clip_grad_norm).clipped;
      const next = optimizer(
        names.map((name) => params[name]),
        list,
      );
      params = Object.fromEntries(names.map((name, k) => [name, next[k]]));
    }
    results[`${label}.loss_before_step`] = ndarray([losses.length], losses);
    results[`${label}.eval_logits_final`] = model(params, x, running, false).logits;
    results[`${label}.bn2.running_mean_final`] = running.runningMean;
    results[`${label}.bn2.running_var_final`] = running.runningVar;
  }
  return results;
}
