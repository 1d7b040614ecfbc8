import { sizeOf } from '../gpu/index.ts';
import type { Group } from './case.ts';

type Channels = readonly [number, number, number];
type Pair = readonly [number, number];

/** A convolution, the batch norm behind it, and what follows. */
export interface ConvStage {
  readonly name: string;
  /** Channels, height and width of the input. */
  readonly from: Channels;
  readonly to: number;
  readonly kernel: number;
  readonly stride: number;
  readonly bias: boolean;
  readonly pool?: Pair;
  readonly drop?: number;
}

export interface LinearStage {
  readonly name: string;
  readonly rows: number;
  readonly in: number;
  readonly out: number;
  readonly relu: boolean;
}

/** A bidirectional recurrent layer, [T, N, in] -> [T, N, 2 H]. */
export interface RecurrentStage {
  readonly name: string;
  readonly cell: 'lstm' | 'gru';
  readonly steps: number;
  readonly in: number;
  readonly hidden: number;
}

/** The layers of a model at one batch size: what the cases of every op are made from. */
export interface Plan {
  readonly name: string;
  readonly group: Group;
  readonly batch: number;
  /** Whether the step trains (gradients, batch statistics) or reads. */
  readonly training: boolean;
  readonly convs: readonly ConvStage[];
  readonly linears: readonly LinearStage[];
  readonly rnns: readonly RecurrentStage[];
  /** Features that become the sequence, [C, H, W]. */
  readonly bridge: Channels;
  /** H of a recurrent layer whose directions are added up, [T, N, 2 H] -> [T, N, H]. */
  readonly summed?: number;
  readonly classes: number;
  /** Time steps that the loss sees. */
  readonly frames: number;
  readonly parameters: number;
}

/** Height and width behind a convolution. */
export function outputOf(s: ConvStage): Channels {
  const { from, stride, to } = s;
  return [to, Math.floor((from[1] - 1) / stride) + 1, Math.floor((from[2] - 1) / stride) + 1];
}

/** 3x3 pads all around, 2x2 after (Keras 'same'). */
export function paddingOf(kernel: number) {
  const before = kernel === 3 ? 1 : 0;
  return { top: before, left: before, bottom: 1, right: 1 };
}

/** Runs through the stages: each one's input is the last one's output. */
function chain(
  start: Channels,
  stages: readonly {
    name: string;
    to: number;
    kernel?: number;
    stride?: number;
    bias: boolean;
    pool?: Pair;
    drop?: number;
  }[],
): ConvStage[] {
  let from = start;
  return stages.map((s) => {
    const stage = { kernel: 3, stride: 1, ...s, from };
    const [c, h, w] = outputOf(stage);
    const [ph, pw] = s.pool ?? [1, 1];
    from = [c, Math.floor(h / ph), Math.floor(w / pw)];
    return stage;
  });
}

function wordSmall(batch: number, training: boolean): Plan {
  const bias = false;
  return {
    name: training ? 'word-small' : 'word-small read',
    group: 'word-small',
    batch,
    training,
    convs: chain(
      [1, 32, 128],
      [
        { name: 'stem', to: 16, stride: 2, bias },
        { name: 'conv2', to: 32, bias, pool: [2, 2] },
        { name: 'conv3', to: 64, bias },
        { name: 'conv4', to: 64, bias, pool: [2, 1] },
        { name: 'conv5', to: 128, bias, pool: [2, 1] },
        { name: 'conv6', to: 128, bias, pool: [2, 1] },
      ],
    ),
    bridge: [128, 1, 32],
    rnns: [{ name: 'rnn', cell: 'lstm', steps: 32, in: 128, hidden: 128 }],
    linears: [{ name: 'head', rows: 32 * batch, in: 256, out: 37, relu: false }],
    classes: 37,
    frames: 32,
    parameters: 554_773,
  };
}

function article(batch: number): Plan {
  const bias = true;
  return {
    name: 'article',
    group: 'article',
    batch,
    training: true,
    convs: chain(
      [1, 32, 170],
      [
        { name: 'stage1', to: 64, bias, pool: [2, 2] },
        { name: 'stage2', to: 128, bias, pool: [2, 2] },
        { name: 'stage3', to: 256, bias },
        { name: 'stage4', to: 256, bias, pool: [2, 1], drop: 0.35 },
        { name: 'stage5', to: 512, bias },
        { name: 'stage6', to: 512, bias, pool: [2, 1], drop: 0.35 },
        { name: 'stage7', to: 512, kernel: 2, bias, drop: 0.25 },
      ],
    ),
    bridge: [512, 2, 42],
    rnns: (['lstm', 'gru'] as const).flatMap((cell) => [
      { name: 'rnn1', cell, steps: 42, in: 64, hidden: 256 },
      { name: 'rnn2', cell, steps: 42, in: 256, hidden: 256 },
    ]),
    summed: 256,
    linears: [
      { name: 'bridge', rows: 42 * batch, in: 1024, out: 64, relu: true },
      { name: 'head', rows: 42 * batch, in: 512, out: 37, relu: false },
    ],
    classes: 37,
    frames: 40,
    parameters: 7_345_893,
  };
}

/** Every kind of layer, small enough for a test. */
const TINY: Plan = {
  name: 'tiny',
  group: 'tiny',
  batch: 2,
  training: true,
  convs: chain(
    [1, 6, 8],
    [
      { name: 'conv1', to: 3, bias: true, pool: [2, 2], drop: 0.25 },
      { name: 'conv2', to: 4, stride: 2, bias: false },
      { name: 'conv3', to: 4, kernel: 2, bias: false, pool: [2, 1] },
    ],
  ),
  bridge: [4, 1, 2],
  rnns: [
    { name: 'lstm', cell: 'lstm', steps: 3, in: 4, hidden: 5 },
    { name: 'gru', cell: 'gru', steps: 3, in: 4, hidden: 5 },
  ],
  summed: 5,
  linears: [{ name: 'head', rows: 6, in: 10, out: 7, relu: true }],
  classes: 7,
  frames: 6,
  parameters: 200,
};

/** Training and reading of word-small, training of the article models, and the tests' own. */
export const PLANS: readonly Plan[] = [wordSmall(64, true), wordSmall(1, false), article(16), TINY];
/** Those with gradients. */
export const TRAINED = PLANS.filter((p) => p.training);

/** Name, group and shape of a case at a place of a plan. */
export function at(plan: Plan, place: string) {
  return { group: plan.group, label: `${plan.name} ${place}` };
}

/** Distinct by op and shape: the same layer twice is measured once. */
export function distinct<T extends { pass: string; shape: string; group: Group }>(cases: readonly T[]): T[] {
  const seen = new Set<string>();
  return cases.filter((c) => {
    const key = `${c.pass} ${c.shape} ${c.group}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** Values in a plan's batch of maps. */
export function mapShape(plan: Plan, maps: Channels): readonly number[] {
  return [plan.batch, ...maps];
}

export function sizeOfMaps(plan: Plan, maps: Channels): number {
  return sizeOf(mapShape(plan, maps));
}
