/** The optimiser suites of CONFORMANCE.md, and its whole small model, on the float64 oracle. */
import * as ref from '../../src/check/reference/index.ts';
import { map, type NdArray, ndarray } from '../../src/check/reference/index.ts';
import type { Arguments, Result } from './pytorch.ts';

type Hyper = Readonly<Record<string, unknown>>;
type Step = (params: readonly NdArray[], gradients: readonly NdArray[]) => NdArray[];

function num(hyper: Hyper, name: string, fallback: number): number {
  const value = hyper[name] ?? fallback;
  return typeof value === 'number' ? value : fallback;
}

/** A stateful optimiser over a list of parameters, from PyTorch's options; `state` resumes one parameter. */
export function makeOptimizer(hyper: Hyper, state?: ref.AdamState & { step: number }): Step {
  const lr = num(hyper, 'lr', Number.NaN);
  const weightDecay = num(hyper, 'weight_decay', hyper.optimizer === 'adamw' ? 0.01 : 0);
  const steps = { adam: ref.adam, adamw: ref.adamw, radam: ref.radam };
  const kind = (['adam', 'adamw', 'radam'] as const).find((name) => name === hyper.optimizer);
  if (kind === undefined) {
    const buffers: (NdArray | undefined)[] = [];
    const options = {
      lr,
      weightDecay,
      momentum: num(hyper, 'momentum', 0),
      dampening: num(hyper, 'dampening', 0),
      nesterov: hyper.nesterov === true,
    };
    return (params, gradients) =>
      params.map((p, i) => {
        const next = ref.sgd(p, gradients[i], buffers[i], options);
        buffers[i] = next.buffer;
        return next.p;
      });
  }
  const betas = Array.isArray(hyper.betas) ? hyper.betas.map(Number) : [0.9, 0.999];
  const options: ref.AdamOptions = { lr, betas: [betas[0], betas[1]], eps: num(hyper, 'eps', 1e-8), weightDecay };
  const states: ref.AdamState[] = state === undefined ? [] : [state];
  let count = state?.step ?? 0;
  return (params, gradients) => {
    count++;
    return params.map((p, i) => {
      const before = states[i] ?? { expAvg: ndarray(p.shape), expAvgSq: ndarray(p.shape) };
      const next = steps[kind](p, gradients[i], before, count, options);
      states[i] = next;
      return next.p;
    });
  };
}

/** Rows [steps, n] from one flat array a step. */
function rows(values: readonly NdArray[]): NdArray {
  return ref.stack(values, 0);
}

export function replay(a: Arguments): Result {
  const resumed = a.case.op === 'optimizer_resume';
  const state = resumed
    ? { expAvg: a.get('exp_avg'), expAvgSq: a.get('exp_avg_sq'), step: a.number('start_step') }
    : undefined;
  const optimizer = makeOptimizer(a.case.attrs, state);
  const grads = a.get('grads');
  let p = a.get('p0');
  const trajectory: NdArray[] = [];
  for (let i = 0; i < grads.shape[0]; i++) {
    const g = ref.reshape(ref.slice(grads, 0, { start: i, end: i + 1 }), p.shape);
    [p] = optimizer([p], [g]);
    trajectory.push(p);
  }
  return { trajectory: rows(trajectory) };
}

export function quadratic(a: Arguments): Result {
  const optimizer = makeOptimizer(a.case.attrs);
  const [scale, centre] = [a.get('a'), a.get('c')];
  let p = a.get('p0');
  const trajectory: NdArray[] = [];
  const losses: number[] = [];
  for (let i = 0; i < a.number('steps'); i++) {
    const g = map(p, (value, j) => scale.data[j] * (value - centre.data[j]));
    losses.push(p.data.reduce((sum, value, j) => sum + 0.5 * scale.data[j] * (value - centre.data[j]) ** 2, 0));
    [p] = optimizer([p], [g]);
    trajectory.push(p);
  }
  return { trajectory: rows(trajectory), loss_before_step: ndarray([losses.length], losses) };
}

export function mlp(a: Arguments): Result {
  const optimizer = makeOptimizer(a.case.attrs);
  const [x, target] = [a.get('x'), a.get('target')];
  let params = ['w1', 'b1', 'w2', 'b2'].map((name) => a.get(name));
  const losses: number[] = [];
  for (let i = 0; i < a.number('steps'); i++) {
    const [w1, b1, w2, b2] = params;
    const z = ref.binary('add', ref.matmul(x, w1), b1);
    const h = ref.unary('tanh', z);
    const y = ref.binary('add', ref.matmul(h, w2), b2);
    losses.push(ref.mseLoss(y, target).data[0]);
    const dy = ref.mseLossBackward(y, target, ref.scalar(1)).dx;
    const second = ref.matmulBackward(h, w2, dy);
    const dz = ref.unaryBackward('tanh', z, second.da);
    const first = ref.matmulBackward(x, w1, dz);
    params = optimizer(params, [first.db, ref.sumToShape(dz, b1.shape), second.db, ref.sumToShape(dy, b2.shape)]);
  }
  const [final_w1, final_b1, final_w2, final_b2] = params;
  return { loss_before_step: ndarray([losses.length], losses), final_w1, final_b1, final_w2, final_b2 };
}

export function clip(a: Arguments): Result {
  const names = Object.keys(a.case.tensors).filter((name) => /^g\d+$/.test(name));
  const { totalNorm, clipped } = ref.clipGradNorm(
    names.map((name) => a.get(name)),
    a.number('max_norm'),
  );
  return {
    total_norm: ref.scalar(totalNorm),
    ...Object.fromEntries(names.map((name, i) => [`clipped_${name}`, clipped[i]])),
  };
}
