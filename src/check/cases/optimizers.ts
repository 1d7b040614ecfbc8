/** One step each; the tensors are the state before it. Attributes carry the options under PyTorch's names. */
import { ema } from '../reference/ema.ts';
import { abs, map2, type NdArray } from '../reference/ndarray.ts';
import {
  type AdamOptions,
  type AdamResult,
  adam,
  adamw,
  clipGradNorm,
  radam,
  type SgdOptions,
  sgd,
} from '../reference/optimizers.ts';
import { ELEMENTWISE, peak, reduction, sum } from './tolerance.ts';
import {
  type Attrs,
  type CheckCase,
  f32,
  flagAttr,
  type InputSpec,
  numberAttr,
  type OpCheck,
  type Tensors,
} from './types.ts';

type AdamLike = 'adam' | 'adamw' | 'radam';
const STEPS: Readonly<Record<AdamLike, typeof adam>> = { adam, adamw, radam };

function adamCase(
  op: AdamLike,
  name: string,
  n: number,
  attrs: Attrs,
  extra: Partial<CheckCase['inputs']> = {},
): CheckCase {
  const inputs: Record<string, InputSpec> = {
    p: f32([n]),
    g: f32([n], 'normal', { scale: 0.1 }),
    exp_avg: f32([n], 'normal', { scale: 0.1 }),
    exp_avg_sq: f32([n], 'positive', { scale: 0.01 }),
  };
  Object.assign(inputs, extra);
  const all = { lr: 1e-3, beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0, step: 1, dialect: 'pytorch', ...attrs };
  return { op, name, attrs: all, inputs, quick: true };
}

function adamCases(op: AdamLike): CheckCase[] {
  const fresh = (n: number) => ({ exp_avg: f32([n], 'zeros'), exp_avg_sq: f32([n], 'zeros') });
  const cases = [
    adamCase(op, 'one', 1, { step: 3 }),
    adamCase(op, 'first_step', 33, { step: 1 }, fresh(33)),
    adamCase(op, 'later_step', 67, { step: 1000, lr: 0.01 }),
    adamCase(op, 'weight_decay', 35, { step: 7, weight_decay: 0.05, lr: 0.01 }),
    adamCase(op, 'betas', 31, { step: 20, beta1: 0.8, beta2: 0.95, eps: 1e-6, lr: 0.003 }),
    adamCase(op, 'zero_gradient', 9, { step: 1 }, { ...fresh(9), g: f32([9], 'zeros') }),
    adamCase(op, 'keras', 33, { step: 12, dialect: 'keras', eps: 1e-7, weight_decay: 0.01 }),
  ];
  if (op === 'radam') {
    // beta2 = 0.999: rho passes 5 at step 6.
    cases.push(
      adamCase(op, 'before_rectification', 21, { step: 5 }),
      adamCase(op, 'after_rectification', 21, { step: 6 }),
    );
  }
  return cases;
}

function adamOptions(c: CheckCase): AdamOptions {
  return {
    lr: numberAttr(c, 'lr'),
    betas: [numberAttr(c, 'beta1'), numberAttr(c, 'beta2')],
    eps: numberAttr(c, 'eps'),
    weightDecay: numberAttr(c, 'weight_decay'),
    dialect: c.attrs.dialect === 'keras' ? 'keras' : 'pytorch',
  };
}

function adamStep(op: AdamLike, c: CheckCase, { p, g, exp_avg, exp_avg_sq }: Tensors): AdamResult {
  return STEPS[op](p, g, { expAvg: exp_avg, expAvgSq: exp_avg_sq }, numberAttr(c, 'step'), adamOptions(c));
}

function adamCheck(op: AdamLike): OpCheck {
  return {
    op,
    differentiable: [],
    cases: adamCases(op),
    forward(c, inputs) {
      const { p, expAvg, expAvgSq } = adamStep(op, c, inputs);
      return { new_p: p, new_exp_avg: expAvg, new_exp_avg_sq: expAvgSq };
    },
    tolerances({ case: c, inputs }) {
      // Run on absolute values nothing cancels: the moments and the update are then as large as their terms. About eight operations.
      const { p, g, exp_avg, exp_avg_sq } = inputs;
      const magnitude = adamStep(op, c, { p: abs(p), g: abs(g), exp_avg: abs(exp_avg), exp_avg_sq });
      const update = peak(map2(abs(p), magnitude.p, (before, after) => before - after));
      return {
        new_p: sum(reduction(1, peak(p)), reduction(8, update)),
        new_exp_avg: reduction(2, peak(magnitude.expAvg)),
        new_exp_avg_sq: numberAttr(c, 'weight_decay') === 0 ? ELEMENTWISE : reduction(2, peak(magnitude.expAvgSq)),
      };
    },
  };
}

const ADAM_LIKE: readonly AdamLike[] = ['adam', 'adamw', 'radam'];

function sgdCase(name: string, n: number, attrs: Attrs, buffer: boolean): CheckCase {
  const inputs: Record<string, InputSpec> = { p: f32([n]), g: f32([n]) };
  if (buffer) inputs.momentum_buffer = f32([n]);
  const all = { lr: 0.05, momentum: 0, dampening: 0, weight_decay: 0, nesterov: false, ...attrs };
  return { op: 'sgd', name, attrs: all, inputs, quick: true };
}

function sgdOptions(c: CheckCase): SgdOptions {
  return {
    lr: numberAttr(c, 'lr'),
    momentum: numberAttr(c, 'momentum'),
    dampening: numberAttr(c, 'dampening'),
    weightDecay: numberAttr(c, 'weight_decay'),
    nesterov: flagAttr(c, 'nesterov'),
  };
}

/** A case without `momentum_buffer` among its inputs is the first step. */
const sgdCheck: OpCheck = {
  op: 'sgd',
  differentiable: [],
  cases: [
    sgdCase('one', 1, {}, false),
    sgdCase('plain', 33, {}, false),
    sgdCase('weight_decay', 65, { weight_decay: 0.01 }, false),
    sgdCase('momentum_first_step', 33, { momentum: 0.9, dampening: 0.1 }, false),
    sgdCase('momentum', 33, { momentum: 0.9 }, true),
    sgdCase('dampening', 33, { momentum: 0.9, dampening: 0.1, weight_decay: 0.01 }, true),
    sgdCase('nesterov', 33, { momentum: 0.9, nesterov: true, weight_decay: 0.01 }, true),
  ],
  forward(c, { p, g, momentum_buffer }): Record<string, NdArray> {
    const { p: next, buffer } = sgd(p, g, momentum_buffer, sgdOptions(c));
    return buffer === undefined ? { new_p: next } : { new_p: next, new_momentum_buffer: buffer };
  },
  tolerances({ case: c, inputs: { p, g, momentum_buffer } }) {
    const magnitude = sgd(abs(p), abs(g), momentum_buffer && abs(momentum_buffer), sgdOptions(c));
    const update = peak(map2(abs(p), magnitude.p, (before, after) => before - after));
    return { new_p: reduction(3, peak(p) + update), new_momentum_buffer: reduction(3, peak(magnitude.buffer)) };
  },
};

function clip(
  name: string,
  maxNorm: number,
  scale: number,
  sizes: readonly (readonly number[])[],
  quick = true,
): CheckCase {
  const inputs: Record<string, InputSpec> = {};
  sizes.forEach((shape, i) => {
    inputs[`g${i}`] = f32(shape, scale === 0 ? 'zeros' : 'normal', { scale });
  });
  return { op: 'clip_grad_norm', name, attrs: { max_norm: maxNorm }, inputs, quick };
}

const clipped = (c: CheckCase, inputs: Tensors) => clipGradNorm(Object.values(inputs), numberAttr(c, 'max_norm'));
const MIXED = [[7], [3, 5], [1], [2, 33]];

/** Inputs g0, g1, ...; outputs total_norm and clipped_g0, clipped_g1, ... */
const clipCheck: OpCheck = {
  op: 'clip_grad_norm',
  differentiable: [],
  cases: [
    clip('one', 1, 3, [[1]]),
    clip('above', 1, 1, MIXED),
    clip('below', 1000, 1, MIXED),
    clip('zero', 1, 0, MIXED),
    clip('huge', 5, 3e17, MIXED),
    clip('long', 1, 1, [[5003], [129, 65], [3]], false),
  ],
  forward(c, inputs) {
    const { totalNorm, clipped: parts } = clipped(c, inputs);
    const outputs: Record<string, NdArray> = { total_norm: { shape: [], data: Float64Array.of(totalNorm) } };
    parts.forEach((part, i) => {
      outputs[`clipped_g${i}`] = part;
    });
    return outputs;
  },
  tolerances({ inputs, outputs }) {
    const K = Object.values(inputs).reduce((total, g) => total + g.data.length, 0);
    // The norm's relative error, half that of its square, is the factor's too.
    return Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, reduction(K, peak(value))]));
  },
};

function emaCase(name: string, n: number, rate: number): CheckCase {
  return { op: 'ema', name, attrs: { rate }, inputs: { average: f32([n]), p: f32([n]) }, quick: true };
}

/** One step of an exponential moving average: average + rate (p - average). */
const emaCheck: OpCheck = {
  op: 'ema',
  differentiable: [],
  cases: [emaCase('one', 1, 0.1), emaCase('slow', 67, 1e-3), emaCase('at_once', 33, 1)],
  forward: (c, { average, p }) => ({ new_average: ema(average, p, numberAttr(c, 'rate')) }),
  tolerances: ({ inputs: { average, p } }) => ({ new_average: reduction(3, peak(average) + peak(p)) }),
};

export const optimizerChecks: readonly OpCheck[] = [...ADAM_LIKE.map(adamCheck), sgdCheck, clipCheck, emaCheck];
