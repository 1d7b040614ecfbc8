import { type CtcOptions, type CtcReduction, type CtcTargets, ctcLoss, ctcLossBackward } from '../reference/ctc.ts';
import { ctcGreedyPadded } from '../reference/ctc_greedy.ts';
import { EXACT, reduction } from './tolerance.ts';
import {
  type CheckCase,
  type Evaluated,
  f32,
  flagAttr,
  type InputSpec,
  i32,
  numberAttr,
  type OpCheck,
  type Tensors,
  textAttr,
} from './types.ts';

interface Ctc {
  T: number;
  C: number;
  targets: readonly (readonly number[])[];
  inputLengths?: readonly number[];
  blank?: number;
  reduction?: CtcReduction;
  zeroInfinity?: boolean;
  logits?: Partial<InputSpec>;
}

function ctc(name: string, options: Ctc, extra: Partial<CheckCase> = {}): CheckCase {
  const { T, C, targets, blank = 0, reduction: reduce = 'none', zeroInfinity = false } = options;
  const N = targets.length;
  const S = Math.max(1, ...targets.map((labels) => labels.length));
  // Padded with the blank's neighbour, a real class: a kernel that reads beyond a target's length will show.
  const padding = blank === 0 ? 1 : 0;
  const padded = targets.flatMap((labels) => [...labels, ...new Array<number>(S - labels.length).fill(padding)]);
  return {
    op: 'ctc_loss',
    name,
    attrs: { blank, reduction: reduce, zero_infinity: zeroInfinity },
    inputs: {
      logits: { ...f32([T, N, C]), ...options.logits },
      targets: i32([N, S], padded),
      input_lengths: i32([N], options.inputLengths ?? new Array<number>(N).fill(T)),
      target_lengths: i32(
        [N],
        targets.map((labels) => labels.length),
      ),
    },
    quick: true,
    ...extra,
  };
}

/** Labels 1, 2, 3, ... and round again, so that no two neighbours are equal. */
const cycle = (length: number, classes: number) => Array.from({ length }, (_, i) => 1 + (i % (classes - 1)));

const targetsOf = ({ targets, input_lengths, target_lengths }: Tensors): CtcTargets => ({
  targets,
  inputLengths: input_lengths,
  targetLengths: target_lengths,
});

function reductionOf(c: CheckCase): CtcReduction {
  const name = textAttr(c, 'reduction');
  return name === 'mean' || name === 'sum' ? name : 'none';
}

function optionsOf(c: CheckCase): CtcOptions {
  return { blank: numberAttr(c, 'blank'), reduction: reductionOf(c), zeroInfinity: flagAttr(c, 'zero_infinity') };
}

export const ctcLossCheck: OpCheck = {
  op: 'ctc_loss',
  differentiable: ['loss'],
  cases: [
    ctc('one', { T: 1, C: 2, targets: [[1]] }),
    ctc('odd', {
      T: 7,
      C: 5,
      targets: [
        [1, 2, 4],
        [3, 1],
      ],
    }),
    ctc('repeats', {
      T: 9,
      C: 4,
      targets: [
        [1, 1, 2],
        [2, 2, 2],
        [3, 3],
      ],
    }),
    ctc('empty_targets', { T: 6, C: 4, targets: [[], [1, 2], []] }),
    ctc('variable_lengths', {
      T: 12,
      C: 7,
      targets: [[1, 2, 3, 4, 5, 6], [2], [3, 3], [6, 1, 6]],
      inputLengths: [12, 3, 5, 8],
    }),
    ctc('blank_last', {
      T: 8,
      C: 5,
      targets: [
        [0, 1, 3],
        [2, 0],
      ],
      blank: 4,
    }),
    ctc('blank_middle', { T: 8, C: 5, targets: [[0, 1, 4], [3]], blank: 2 }),
    ctc('mean', { T: 8, C: 5, targets: [[1, 2, 3], [], [4]], reduction: 'mean' }),
    ctc('sum', { T: 8, C: 5, targets: [[1, 2, 3], [2, 2], [4]], reduction: 'sum' }),
    ctc('exactly_one_path', {
      T: 5,
      C: 4,
      targets: [
        [1, 1, 2, 3],
        [1, 2, 1, 2],
      ],
      inputLengths: [5, 4],
    }),
    ctc('impossible', { T: 3, C: 4, targets: [[1, 2], [1, 1, 1], [3]] }, { kink: true }),
    ctc('impossible_zeroed', { T: 3, C: 4, targets: [[1, 2], [1, 1, 1], [3]], reduction: 'mean', zeroInfinity: true }),
    ctc(
      'saturated',
      { T: 8, C: 5, targets: [[1, 2, 3], [4]], logits: { kind: 'uniform', low: -200, high: 200 } },
      { hard: true },
    ),
    ctc('more_states_than_a_workgroup', { T: 320, C: 12, targets: [cycle(150, 12)] }, { quick: false }),
    ctc('long', { T: 512, C: 20, targets: [cycle(200, 20), cycle(3, 20)] }, { quick: false }),
    ctc(
      'article',
      { T: 40, C: 37, targets: [cycle(4, 37), cycle(12, 37), [5, 5, 5, 5], [36, 1, 1]], reduction: 'mean' },
      { quick: false },
    ),
  ],
  forward(c, inputs) {
    const { loss, perSample } = ctcLoss(inputs.logits, targetsOf(inputs), optionsOf(c));
    return { loss, per_sample_loss: perSample };
  },
  backward: (c, inputs, { dloss }) => ({
    dlogits: ctcLossBackward(inputs.logits, targetsOf(inputs), dloss, optionsOf(c)),
  }),
  tolerances: ctcTolerances,
};

/**
 * alpha adds one log probability a frame: T terms whose sum is the loss itself, each off by a few units of 1 + its size (the logarithm of a sum).
 * The gradient is softmax minus occupancy, both at most 1, the second the exponential of a difference of such sums: its relative error
 * is their absolute one.
 */
function ctcTolerances({ case: c, inputs, outputs, cotangents: { dloss } }: Evaluated) {
  const [T, N] = inputs.logits.shape;
  const reduce = reductionOf(c);
  let worst = 1;
  let total = 1;
  let gradient = 0;
  for (let n = 0; n < N; n++) {
    const loss = outputs.per_sample_loss.data[n];
    if (!Number.isFinite(loss)) continue;
    const weight = reduce === 'mean' ? 1 / (N * Math.max(1, inputs.target_lengths.data[n])) : 1;
    worst = Math.max(worst, 1 + loss);
    total += loss * weight;
    gradient = Math.max(gradient, weight * Math.abs(dloss.data[reduce === 'none' ? n : 0]) * (1 + loss));
  }
  return {
    per_sample_loss: reduction(T, worst),
    loss: reduction(T, reduce === 'none' ? worst : total),
    dlogits: reduction(T, gradient),
  };
}

function greedy(name: string, logits: InputSpec, inputLengths: readonly number[], blank = 0): CheckCase {
  return {
    op: 'ctc_greedy',
    name,
    attrs: { blank },
    inputs: { logits, input_lengths: i32([inputLengths.length], inputLengths) },
    quick: true,
  };
}

/** Outputs: labels [N, T] padded with -1, and lengths [N]. */
export const ctcGreedyCheck: OpCheck = {
  op: 'ctc_greedy',
  differentiable: [],
  cases: [
    greedy('one', f32([1, 1, 2]), [1]),
    greedy('odd', f32([13, 3, 5]), [13, 13, 13]),
    greedy('variable_lengths', f32([12, 4, 4]), [12, 1, 0, 7]),
    greedy('blank_last', f32([21, 2, 3]), [21, 20], 2),
    greedy('ties', f32([15, 2, 4], 'integers', { low: 0, high: 2 }), [15, 15]),
    greedy('repeats', f32([30, 2, 2]), [30, 30]),
    greedy('article', f32([40, 64, 37]), new Array<number>(64).fill(40), 36),
  ],
  forward: (c, { logits, input_lengths }) => ({ ...ctcGreedyPadded(logits, input_lengths, numberAttr(c, 'blank')) }),
  tolerances: () => ({ labels: EXACT, lengths: EXACT }),
};

export const ctcChecks: readonly OpCheck[] = [ctcLossCheck, ctcGreedyCheck];
