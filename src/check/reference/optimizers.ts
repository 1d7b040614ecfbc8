/**
 * One step of each optimiser, and gradient clipping. `step` counts from 1. Moments go in and come out; nothing is changed in place.
 *
 * Two dialects of Adam and RAdam exist. 'pytorch' (1.13): epsilon is added to sqrt(v) before the bias correction is undone for RAdam
 * and after it for Adam, weight decay is L2, RAdam rectifies where rho > 5. 'keras' (Keras Adam, TF-Addons RectifiedAdam): Adam adds
 * epsilon to the uncorrected sqrt(v) ("epsilon hat"), RAdam to the corrected one, rectifies where rho >= 5, decays decoupled.
 * Sources: Kingma & Ba 2015 (arXiv:1412.6980), Loshchilov & Hutter 2019 (arXiv:1711.05101), Liu et al. 2020 (arXiv:1908.03265),
 * torch/optim/{adam,adamw,radam,sgd}.py at v1.13, tensorflow_addons/optimizers/rectified_adam.py, keras/optimizers/adam.py.
 */
import { map, type NdArray, ndarray } from './ndarray.ts';

export type Dialect = 'pytorch' | 'keras';

export interface AdamOptions {
  readonly lr: number;
  readonly betas?: readonly [number, number];
  /** Defaults to 1e-8 (pytorch) or 1e-7 (keras). */
  readonly eps?: number;
  readonly weightDecay?: number;
  readonly dialect?: Dialect;
}

export interface AdamState {
  readonly expAvg: NdArray;
  readonly expAvgSq: NdArray;
}

export interface AdamResult extends AdamState {
  readonly p: NdArray;
}

interface Moments {
  /** Parameter and gradient after any L2 decay. */
  readonly p: number;
  readonly m: number;
  readonly v: number;
}

/** Updates both moments elementwise; `update` gives the new parameter. */
function adamLike(
  p: NdArray,
  g: NdArray,
  state: AdamState,
  [beta1, beta2]: readonly [number, number],
  l2: number,
  update: (moments: Moments) => number,
): AdamResult {
  const out = ndarray(p.shape);
  const expAvg = ndarray(p.shape);
  const expAvgSq = ndarray(p.shape);
  for (let i = 0; i < p.data.length; i++) {
    const gradient = g.data[i] + l2 * p.data[i];
    expAvg.data[i] = beta1 * state.expAvg.data[i] + (1 - beta1) * gradient;
    expAvgSq.data[i] = beta2 * state.expAvgSq.data[i] + (1 - beta2) * gradient * gradient;
    out.data[i] = update({ p: p.data[i], m: expAvg.data[i], v: expAvgSq.data[i] });
  }
  return { p: out, expAvg, expAvgSq };
}

function defaults(options: AdamOptions) {
  const dialect = options.dialect ?? 'pytorch';
  return {
    dialect,
    lr: options.lr,
    betas: options.betas ?? ([0.9, 0.999] as const),
    eps: options.eps ?? (dialect === 'pytorch' ? 1e-8 : 1e-7),
    weightDecay: options.weightDecay ?? 0,
  };
}

/** The parameter after Adam's step, with m and v updated. */
function adamUpdate(
  step: number,
  { dialect, lr, betas, eps }: ReturnType<typeof defaults>,
): (moments: Moments) => number {
  const correction1 = 1 - betas[0] ** step;
  const correction2 = 1 - betas[1] ** step;
  return ({ p, m, v }) => {
    if (dialect === 'keras') return p - (lr * Math.sqrt(correction2) * m) / correction1 / (Math.sqrt(v) + eps);
    return p - ((lr / correction1) * m) / (Math.sqrt(v / correction2) + eps);
  };
}

/** Weight decay is L2 (added to the gradient) in both dialects. */
export function adam(p: NdArray, g: NdArray, state: AdamState, step: number, options: AdamOptions): AdamResult {
  const full = defaults(options);
  return adamLike(p, g, state, full.betas, full.weightDecay, adamUpdate(step, full));
}

/** Adam with decoupled decay: p shrinks by 1 - lr * weightDecay first. */
export function adamw(p: NdArray, g: NdArray, state: AdamState, step: number, options: AdamOptions): AdamResult {
  const full = defaults({ weightDecay: 0.01, ...options });
  const shrunk = map(p, (value) => value * (1 - full.lr * full.weightDecay));
  return adamLike(shrunk, g, state, full.betas, 0, adamUpdate(step, full));
}

/** The rectification factor r_t, or undefined where the variance of the adaptive rate is not yet tractable. */
export function radamRectification(step: number, beta2: number, dialect: Dialect = 'pytorch'): number | undefined {
  const rhoInf = 2 / (1 - beta2) - 1;
  const rho = rhoInf - (2 * step * beta2 ** step) / (1 - beta2 ** step);
  const tractable = dialect === 'pytorch' ? rho > 5 : rho >= 5;
  if (!tractable) return undefined;
  return Math.sqrt(((rho - 4) * (rho - 2) * rhoInf) / ((rhoInf - 4) * (rhoInf - 2) * rho));
}

export function radam(p: NdArray, g: NdArray, state: AdamState, step: number, options: AdamOptions): AdamResult {
  const full = defaults(options);
  const { dialect, lr, betas, eps, weightDecay } = full;
  const correction1 = 1 - betas[0] ** step;
  const correction2 = 1 - betas[1] ** step;
  const r = radamRectification(step, betas[1], dialect);
  const l2 = dialect === 'pytorch' ? weightDecay : 0;
  const decoupled = dialect === 'keras' ? weightDecay : 0;
  return adamLike(p, g, state, betas, l2, ({ p: before, m, v }) => {
    const momentum = m / correction1;
    let direction = momentum;
    if (r !== undefined) {
      const denominator =
        dialect === 'pytorch' ? (Math.sqrt(v) + eps) / Math.sqrt(correction2) : Math.sqrt(v / correction2) + eps;
      direction = (momentum * r) / denominator;
    }
    return before - lr * (direction + decoupled * before);
  });
}

/** TF-Addons' optional schedule: linear warm-up to `lr` over a share of the steps, then linear decay to `minLr`. */
export function radamWarmupRate(
  step: number,
  {
    lr,
    totalSteps,
    warmupProportion = 0.1,
    minLr = 0,
  }: { lr: number; totalSteps: number; warmupProportion?: number; minLr?: number },
): number {
  const warmupSteps = totalSteps * warmupProportion;
  const decaySteps = Math.max(totalSteps - warmupSteps, 1);
  if (step <= warmupSteps) return lr * (step / warmupSteps);
  return lr + ((minLr - lr) / decaySteps) * Math.min(step - warmupSteps, decaySteps);
}

export interface SgdOptions {
  readonly lr: number;
  readonly momentum?: number;
  readonly dampening?: number;
  readonly weightDecay?: number;
  readonly nesterov?: boolean;
}

/** `buffer` is undefined on the first step, which starts the momentum with the undamped gradient (as PyTorch does). */
export function sgd(
  p: NdArray,
  g: NdArray,
  buffer: NdArray | undefined,
  options: SgdOptions,
): { p: NdArray; buffer: NdArray | undefined } {
  const { lr, momentum = 0, dampening = 0, weightDecay = 0, nesterov = false } = options;
  const gradient = map(g, (value, i) => value + weightDecay * p.data[i]);
  if (momentum === 0) return { p: map(p, (value, i) => value - lr * gradient.data[i]), buffer: undefined };
  const next =
    buffer === undefined ? gradient : map(buffer, (value, i) => momentum * value + (1 - dampening) * gradient.data[i]);
  const direction = nesterov ? map(gradient, (value, i) => value + momentum * next.data[i]) : next;
  return { p: map(p, (value, i) => value - lr * direction.data[i]), buffer: next };
}

/** g *= min(1, maxNorm / (norm + 1e-6)), norm over all tensors together (torch.nn.utils.clip_grad_norm_). */
export function clipGradNorm(
  gradients: readonly NdArray[],
  maxNorm: number,
): { totalNorm: number; clipped: NdArray[] } {
  let squares = 0;
  for (const g of gradients) for (const value of g.data) squares += value * value;
  const totalNorm = Math.sqrt(squares);
  const factor = Math.min(1, maxNorm / (totalNorm + 1e-6));
  return { totalNorm, clipped: gradients.map((g) => map(g, (value) => value * factor)) };
}
