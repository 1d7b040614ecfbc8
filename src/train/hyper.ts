/** The scalars of an optimiser's step, in float64: what a recorded step reads from a small array. */
export type Dialect = 'torch' | 'keras';

export interface AdamScalars {
  readonly lr: number;
  readonly betas: readonly [number, number];
  readonly eps: number;
  readonly weightDecay: number;
  readonly dialect: Dialect;
}

/** In the order of shaders/adam.wgsl. */
function pack(
  { betas: [b1, b2], eps }: AdamScalars,
  size: number,
  root: number,
  rectified: boolean,
  l2: number,
  decoupled: number,
): number[] {
  return [size, root, eps, Number(rectified), b1, 1 - b1, b2, 1 - b2, l2, decoupled];
}

/** Adam and AdamW, step `t` from 1. torch: sqrt(v / (1 - b2^t)) + eps; keras: sqrt(v) + eps, the correction in the rate. */
export function adamHyper(t: number, s: AdamScalars, decoupled: boolean): number[] {
  const c1 = 1 - s.betas[0] ** t;
  const c2 = Math.sqrt(1 - s.betas[1] ** t);
  const keras = s.dialect === 'keras';
  const l2 = decoupled ? 0 : s.weightDecay;
  return pack(s, (s.lr / c1) * (keras ? c2 : 1), keras ? 1 : 1 / c2, true, l2, decoupled ? s.lr * s.weightDecay : 0);
}

/** The rectification r_t; undefined where the variance is not yet tractable and the step is that of plain momentum. */
export function rectification(t: number, beta2: number, dialect: Dialect): number | undefined {
  const inf = 2 / (1 - beta2) - 1;
  const rho = inf - (2 * t * beta2 ** t) / (1 - beta2 ** t);
  if (dialect === 'torch' ? rho <= 5 : rho < 5) return undefined;
  return Math.sqrt(((rho - 4) * (rho - 2) * inf) / ((inf - 4) * (inf - 2) * rho));
}

/** RAdam, step `t` from 1. */
export function radamHyper(t: number, s: AdamScalars): number[] {
  const c1 = 1 - s.betas[0] ** t;
  const c2 = Math.sqrt(1 - s.betas[1] ** t);
  const keras = s.dialect === 'keras';
  const l2 = keras ? 0 : s.weightDecay;
  const decoupled = keras ? s.lr * s.weightDecay : 0;
  const r = rectification(t, s.betas[1], s.dialect);
  if (r === undefined) return pack(s, s.lr / c1, 1, false, l2, decoupled);
  // torch divides by (sqrt(v) + eps) / c2, keras by sqrt(v) / c2 + eps.
  return pack(s, ((s.lr * r) / c1) * (keras ? 1 : c2), keras ? 1 / c2 : 1, true, l2, decoupled);
}

export interface SgdScalars {
  readonly lr: number;
  readonly momentum: number;
  readonly dampening: number;
  readonly nesterov: boolean;
  readonly weightDecay: number;
  readonly dialect: Dialect;
}

/** In the order of shaders/sgd.wgsl. PyTorch's first gradient enters the momentum undamped. */
export function sgdHyper(t: number, s: SgdScalars): number[] {
  const { lr, momentum, nesterov } = s;
  if (momentum === 0) return [0, 0, 0, lr, s.weightDecay];
  const keras = s.dialect === 'keras';
  const unit = keras ? 1 : lr;
  const fresh = keras ? lr : t === 1 ? 1 : 1 - s.dampening;
  return [momentum, fresh, nesterov ? unit * momentum : unit, nesterov ? lr : 0, s.weightDecay];
}

/** TF-Addons' schedule for its RAdam: linear warm-up over a share of the steps, then linear decay to `minLr`. */
export function radamRate(
  t: number,
  options: { lr: number; totalSteps: number; warmupProportion?: number; minLr?: number },
): number {
  const { lr, totalSteps, warmupProportion = 0.1, minLr = 0 } = options;
  const warmup = totalSteps * warmupProportion;
  const decay = Math.max(totalSteps - warmup, 1);
  if (t < warmup) return lr * (t / warmup);
  return lr + ((minLr - lr) / decay) * Math.min(t - warmup, decay);
}
