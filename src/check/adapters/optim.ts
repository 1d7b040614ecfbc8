import { Tensor } from '../../autograd/index.ts';
import { type Device, DeviceArray } from '../../gpu/index.ts';
import { ema } from '../../kernels/index.ts';
import { Adam, type AdamOptions, AdamW, type Optimizer, RAdam, SGD, type SgdOptions } from '../../train/index.ts';
import { mlpLoss } from './mlp.ts';

/** An optimiser case: of the conformance format, or of the table of checks. */
export interface OptimCase {
  readonly op: string;
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly tensors: Readonly<Record<string, { readonly shape: readonly number[]; readonly data: ArrayLike<number> }>>;
}

type Outputs = Record<string, Float32Array>;

/** Runs a case of several steps; the outputs are named as in the conformance format. */
export type CaseRunner = (device: Device, c: OptimCase) => Promise<Outputs>;

export const OPTIM_OPS = [
  'optimizer_replay',
  'optimizer_resume',
  'optimizer_quadratic',
  'optimizer_rosenbrock',
  'optimizer_mlp',
  'clip_grad_norm',
  'adam',
  'adamw',
  'radam',
  'sgd',
  'ema',
] as const;

/** Runs an optimiser case through the public classes; the outputs are named as in the conformance format. */
export async function runOptimCase(device: Device, c: OptimCase): Promise<Outputs> {
  switch (c.op) {
    case 'optimizer_replay':
    case 'optimizer_resume':
      return replay(device, c);
    case 'optimizer_quadratic':
      return descend(device, c, quadratic(host(c, 'a'), host(c, 'c')));
    case 'optimizer_rosenbrock':
      return descend(device, c, rosenbrock);
    case 'optimizer_mlp':
      return mlp(device, c);
    case 'clip_grad_norm':
      return clipGradNorm(device, c);
    case 'adam':
    case 'adamw':
    case 'radam':
    case 'sgd':
      return oneStep(device, c);
    case 'ema':
      return average(device, c);
    default:
      throw new RangeError(`${c.op}: no such optimiser case`);
  }
}

function host(c: OptimCase, name: string): Float32Array {
  return Float32Array.from(c.tensors[name].data);
}

function param(device: Device, c: OptimCase, name: string): Tensor {
  return Tensor.from(device, host(c, name), c.tensors[name].shape, { requiresGrad: true, name });
}

/** The optimiser that a case's attributes describe, under PyTorch's names. */
export function makeOptimizer(device: Device, params: Tensor[], name: string, attrs: OptimCase['attrs']): Optimizer {
  const number = (key: string) => attrs[key] as number | undefined;
  const betas = (attrs.betas ?? [number('beta1') ?? 0.9, number('beta2') ?? 0.999]) as [number, number];
  const dialect = attrs.dialect === 'keras' ? 'keras' : 'torch';
  const common = {
    lr: number('lr'),
    weightDecay: number('weight_decay'),
    dialect,
    clipNorm: number('clip_grad_norm') ?? undefined,
  } as const;
  const adam: AdamOptions = { ...common, betas, eps: number('eps') };
  if (name === 'adam') return new Adam(device, params, adam);
  if (name === 'adamw') return new AdamW(device, params, { ...adam, weightDecay: common.weightDecay ?? 0.01 });
  if (name === 'radam') return new RAdam(device, params, adam);
  const sgd: SgdOptions = { ...common, momentum: number('momentum'), dampening: number('dampening') };
  if (name === 'sgd') return new SGD(device, params, { ...sgd, nesterov: attrs.nesterov === true });
  throw new RangeError(`optimizer ${name}: no such optimiser`);
}

/** Loads what moments the case brings; `step` steps count as done. */
function loadMoments(optimizer: Optimizer, c: OptimCase, p: Tensor, step: number): void {
  const state: Record<string, ArrayLike<number>> = { step: [step] };
  for (const kind of ['exp_avg', 'exp_avg_sq', 'momentum_buffer'])
    state[`${p.name}.${kind}`] = c.tensors[kind]?.data ?? new Float32Array(p.size);
  optimizer.load(state);
}

/** One step with a gradient that is given; returns the parameter after it. */
async function stepWith(
  device: Device,
  optimizer: Optimizer,
  p: Tensor,
  gradient: Float32Array,
): Promise<Float32Array> {
  optimizer.prepareStep();
  await device.step(() => {
    p.grad = Tensor.from(device, gradient, p.shape);
    optimizer.step();
  });
  return (await p.read()) as Float32Array;
}

/** Gradients fed step by step, from the start or from a state in the middle. */
async function replay(device: Device, c: OptimCase): Promise<Outputs> {
  const p = param(device, c, 'p0');
  const optimizer = makeOptimizer(device, [p], String(c.attrs.optimizer), c.attrs);
  if (c.op === 'optimizer_resume') loadMoments(optimizer, c, p, c.attrs.start_step as number);
  const grads = host(c, 'grads');
  const trajectory = new Float32Array(grads.length);
  for (let at = 0; at < grads.length; at += p.size)
    trajectory.set(await stepWith(device, optimizer, p, grads.slice(at, at + p.size)), at);
  optimizer.dispose();
  p.dispose();
  return { trajectory };
}

/** A function and its gradient at a point. */
type Landscape = (x: Float32Array) => { loss: number; gradient: Float32Array };

const quadratic =
  (a: Float32Array, c: Float32Array): Landscape =>
  (x) => {
    const gradient = x.map((v, i) => a[i] * (v - c[i]));
    let loss = 0;
    x.forEach((v, i) => {
      loss += 0.5 * a[i] * (v - c[i]) ** 2;
    });
    return { loss, gradient };
  };

const rosenbrock: Landscape = ([x, y]) => {
  const off = y - x * x;
  return {
    loss: (1 - x) ** 2 + 100 * off ** 2,
    gradient: Float32Array.of(-2 * (1 - x) - 400 * x * off, 200 * off),
  };
};

async function descend(device: Device, c: OptimCase, at: Landscape): Promise<Outputs> {
  const p = param(device, c, 'p0');
  const optimizer = makeOptimizer(device, [p], String(c.attrs.optimizer), c.attrs);
  const steps = c.attrs.steps as number;
  const trajectory = new Float32Array(steps * p.size);
  const losses = new Float32Array(steps);
  let x = host(c, 'p0');
  for (let i = 0; i < steps; i++) {
    const { loss, gradient } = at(x);
    losses[i] = loss;
    x = await stepWith(device, optimizer, p, gradient);
    trajectory.set(x, i * p.size);
  }
  optimizer.dispose();
  p.dispose();
  return { trajectory, loss_before_step: losses };
}

async function mlp(device: Device, c: OptimCase): Promise<Outputs> {
  const names = ['w1', 'b1', 'w2', 'b2'];
  const params = names.map((name) => param(device, c, name));
  const optimizer = makeOptimizer(device, params, String(c.attrs.optimizer), c.attrs);
  const x = Tensor.from(device, host(c, 'x'), c.tensors.x.shape);
  const target = Tensor.from(device, host(c, 'target'), c.tensors.target.shape);
  const losses = new Float32Array(c.attrs.steps as number);
  for (let i = 0; i < losses.length; i++) {
    optimizer.prepareStep();
    const loss = await device.step(() => {
      const y = mlpLoss(x, target, params);
      optimizer.step();
      return y;
    });
    losses[i] = await loss.item();
    loss.dispose();
  }
  const out: Outputs = { loss_before_step: losses };
  for (const p of params) out[`final_${p.name}`] = (await p.read()) as Float32Array;
  optimizer.dispose();
  for (const t of [...params, x, target]) t.dispose();
  return out;
}

async function clipGradNorm(device: Device, c: OptimCase): Promise<Outputs> {
  const names = Object.keys(c.tensors).filter((name) => /^g\d+$/.test(name));
  const params = names.map((name) => Tensor.zeros(device, c.tensors[name].shape, { requiresGrad: true, name }));
  const optimizer = new SGD(device, params);
  params.forEach((p, i) => {
    if (p.gradTarget) device.write(p.gradTarget, host(c, names[i]));
  });
  const clip = optimizer.clipGradients(c.attrs.max_norm as number);
  const [, norm] = await device.read(clip);
  const out: Outputs = { total_norm: Float32Array.of(norm) };
  for (const p of params)
    if (p.gradTarget) out[`clipped_${p.name}`] = (await device.read(p.gradTarget)) as Float32Array;
  optimizer.dispose();
  for (const p of params) p.dispose();
  return out;
}

async function average(device: Device, c: OptimCase): Promise<Outputs> {
  const moved = await device.step(() => {
    const to = DeviceArray.from(device, host(c, 'average'), c.tensors.average.shape);
    ema(device, to, DeviceArray.from(device, host(c, 'p'), c.tensors.p.shape), c.attrs.rate as number);
    return to;
  });
  const out = { new_average: (await device.read(moved)) as Float32Array };
  moved.dispose();
  return out;
}

/** A single step from a given state: the table of checks. */
async function oneStep(device: Device, c: OptimCase): Promise<Outputs> {
  const p = param(device, c, 'p');
  const optimizer = makeOptimizer(device, [p], c.op, c.attrs);
  const done = c.op === 'sgd' ? Number(c.tensors.momentum_buffer !== undefined) : (c.attrs.step as number) - 1;
  loadMoments(optimizer, c, p, done);
  const out: Outputs = { new_p: await stepWith(device, optimizer, p, host(c, 'g')) };
  for (const [name, data] of Object.entries(await optimizer.state()))
    if (name !== 'step') out[`new_${name.slice(2)}`] = data as Float32Array;
  optimizer.dispose();
  p.dispose();
  return out;
}
