/**
 * Connectionist temporal classification loss with the log_softmax inside.
 *
 * With l' the target with blanks around and between its labels (2L+1 states), alpha_t(s) sums the probability of all paths that
 * reach state s at frame t, beta_t(s) of all that leave it (frame t excluded here); loss = -log(alpha_{T-1}(last) + alpha_{T-1}(last-1)).
 * A state is reached from itself, the one before, and the one before that where it is a label that differs from it.
 * d loss / d logit_t(k) = softmax_t(k) - sum over s with l'(s) = k of alpha_t(s) * beta_t(s) / P.
 * Source: Graves et al. 2006 (section 4); https://pytorch.org/docs/1.13/generated/torch.nn.CTCLoss.html
 */
import { type NdArray, ndarray, scalar } from './ndarray.ts';
import { logSoftmax } from './softmax.ts';

export type CtcReduction = 'none' | 'mean' | 'sum';

export interface CtcOptions {
  readonly blank?: number;
  readonly reduction?: CtcReduction;
  /** Infinite losses become 0. Their gradient is zero in any case. */
  readonly zeroInfinity?: boolean;
}

export interface CtcTargets {
  /** [N, S], padded with anything. */
  readonly targets: NdArray;
  /** [N] */
  readonly inputLengths: NdArray;
  /** [N] */
  readonly targetLengths: NdArray;
}

function logAdd(a: number, b: number): number {
  const most = Math.max(a, b);
  return most === Number.NEGATIVE_INFINITY ? most : most + Math.log(Math.exp(a - most) + Math.exp(b - most));
}

interface Item {
  /** -log P(target | logits); Infinity where no alignment exists. */
  readonly loss: number;
  /** d loss / d logit, `frames * classes` values; zero where the loss is infinite. */
  readonly gradient: Float64Array;
}

/** One item: `logp(t, k)` are its log probabilities, of which the first `frames` count. */
function ctcItem(
  logp: (t: number, k: number) => number,
  classes: number,
  frames: number,
  labels: number[],
  blank: number,
): Item {
  const states = 2 * labels.length + 1;
  const label = (s: number) => (s % 2 === 0 ? blank : labels[(s - 1) / 2]);
  const skips = (s: number) => s >= 2 && label(s) !== blank && label(s) !== label(s - 2);
  const gradient = new Float64Array(frames * classes);
  if (frames === 0) return { loss: labels.length === 0 ? 0 : Number.POSITIVE_INFINITY, gradient };

  const table = () => Array.from({ length: frames }, () => new Array<number>(states).fill(Number.NEGATIVE_INFINITY));
  const alpha = table();
  alpha[0][0] = logp(0, blank);
  if (states > 1) alpha[0][1] = logp(0, label(1));
  for (let t = 1; t < frames; t++) {
    for (let s = 0; s < states; s++) {
      let from = alpha[t - 1][s];
      if (s >= 1) from = logAdd(from, alpha[t - 1][s - 1]);
      if (skips(s)) from = logAdd(from, alpha[t - 1][s - 2]);
      alpha[t][s] = from + logp(t, label(s));
    }
  }
  const beta = table();
  beta[frames - 1][states - 1] = 0;
  if (states > 1) beta[frames - 1][states - 2] = 0;
  for (let t = frames - 2; t >= 0; t--) {
    const onward = (s: number) => beta[t + 1][s] + logp(t + 1, label(s));
    for (let s = 0; s < states; s++) {
      let to = onward(s);
      if (s + 1 < states) to = logAdd(to, onward(s + 1));
      if (s + 2 < states && skips(s + 2)) to = logAdd(to, onward(s + 2));
      beta[t][s] = to;
    }
  }

  let logProbability = alpha[frames - 1][states - 1];
  if (states > 1) logProbability = logAdd(logProbability, alpha[frames - 1][states - 2]);
  if (logProbability === Number.NEGATIVE_INFINITY) return { loss: Number.POSITIVE_INFINITY, gradient };
  for (let t = 0; t < frames; t++) {
    for (let k = 0; k < classes; k++) gradient[t * classes + k] = Math.exp(logp(t, k));
    for (let s = 0; s < states; s++) {
      gradient[t * classes + label(s)] -= Math.exp(alpha[t][s] + beta[t][s] - logProbability);
    }
  }
  return { loss: -logProbability, gradient };
}

function ctcItems(logits: NdArray, { targets, inputLengths, targetLengths }: CtcTargets, blank: number): Item[] {
  const [, batch, classes] = logits.shape;
  const width = targets.shape[1];
  const logp = logSoftmax(logits, 2);
  return Array.from({ length: batch }, (_, n) => {
    const labels = Array.from(targets.data.subarray(n * width, n * width + targetLengths.data[n]));
    const at = (t: number, k: number) => logp.data[(t * batch + n) * classes + k];
    return ctcItem(at, classes, inputLengths.data[n], labels, blank);
  });
}

/** How much each item's loss counts: the derivative of the reduced loss with respect to it. */
function weights(targetLengths: NdArray, reduction: CtcReduction): number[] {
  const batch = targetLengths.data.length;
  return Array.from(targetLengths.data, (length) => (reduction === 'mean' ? 1 / (Math.max(length, 1) * batch) : 1));
}

/** logits [T, N, C]. `perSample` [N] is before the reduction, `loss` after it: [N] for none, a scalar for mean and sum. */
export function ctcLoss(
  logits: NdArray,
  targets: CtcTargets,
  options: CtcOptions = {},
): { loss: NdArray; perSample: NdArray } {
  const { blank = 0, reduction = 'mean', zeroInfinity = false } = options;
  const losses = ctcItems(logits, targets, blank).map(({ loss }) =>
    zeroInfinity && loss === Number.POSITIVE_INFINITY ? 0 : loss,
  );
  const perSample = ndarray([losses.length], losses);
  if (reduction === 'none') return { loss: perSample, perSample };
  const weight = weights(targets.targetLengths, reduction);
  return { loss: scalar(losses.reduce((sum, loss, n) => sum + loss * weight[n], 0)), perSample };
}

/** `dloss` has the shape of the reduced loss. Frames from an item's input length on, and items with an infinite loss, get zero. */
export function ctcLossBackward(
  logits: NdArray,
  targets: CtcTargets,
  dloss: NdArray,
  options: CtcOptions = {},
): NdArray {
  const { blank = 0, reduction = 'mean' } = options;
  const [, batch, classes] = logits.shape;
  const weight = weights(targets.targetLengths, reduction);
  const dlogits = ndarray(logits.shape);
  ctcItems(logits, targets, blank).forEach(({ gradient }, n) => {
    const scale = weight[n] * dloss.data[reduction === 'none' ? n : 0];
    for (let i = 0; i < gradient.length; i++) {
      const t = Math.floor(i / classes);
      dlogits.data[(t * batch + n) * classes + (i % classes)] = gradient[i] * scale;
    }
  });
  return dlogits;
}

/** Targets given as one run of labels, item after item, in the padded form [N, S]. */
export function padTargets(concatenated: NdArray, targetLengths: NdArray): NdArray {
  const width = Math.max(1, ...targetLengths.data);
  const padded = ndarray([targetLengths.data.length, width]);
  let start = 0;
  targetLengths.data.forEach((length, n) => {
    padded.data.set(concatenated.data.subarray(start, start + length), n * width);
    start += length;
  });
  return padded;
}
