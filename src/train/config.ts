import { ArgumentError } from '../gpu/index.ts';
import { Alphabet, ARCHITECTURES, type Architecture, type InputNormalisation } from '../nn/index.ts';
import { articleGru } from './configs/article-gru.ts';
import { articleLstm } from './configs/article-lstm.ts';
import { lineSmall } from './configs/line-small.ts';
import { wordBase } from './configs/word-base.ts';
import { wordSmall } from './configs/word-small.ts';
import type { ScheduleConfig } from './schedules.ts';

export interface OptimizerConfig {
  kind: 'adam' | 'adamw' | 'radam' | 'sgd';
  /** Whose formulas to follow where PyTorch and Keras differ. */
  dialect: 'torch' | 'keras';
  /** Decay of the two moments (Adam, AdamW, RAdam). */
  betas: readonly [number, number];
  /** Added to the root of the second moment. */
  eps: number;
  weightDecay: number;
  /** SGD's momentum. */
  momentum: number;
  /** Largest norm over all gradients together; 0: no clipping. */
  clipNorm: number;
}

/** Weights averaged over the steps, which are validated and exported in place of the last ones. */
export interface AverageConfig {
  /** 'ema': an exponential moving average. Running statistics of batch norms, averages already, stay those of the trained weights. */
  kind: 'ema';
  /** What of the average stays at each step: 0.999 looks back over some 1,000 of them. */
  decay: number;
}

/** A run that is counted in passes over its data. */
export interface EpochConfig {
  /** Passes at most. */
  count: number;
  /** Images that make one pass where words are generated; a data set has its own number. */
  images: number;
  /** Passes between validations. */
  validateEvery: number;
  /** Passes between checkpoints. */
  checkpointEvery: number;
}

/** Everything that defines a training run; printed at its start and saved with it. */
export interface RunConfig {
  name: string;
  model: Architecture;
  /** Units of the recurrent layer of the small models in each direction; absent: the architecture's own. */
  hidden?: number;
  alphabet: string;
  /** Size of the images in pixels. */
  height: number;
  /** Of every image, or, of lines, of the widest. */
  width: number;
  /** Lines of text at their own widths instead of words at one. Default false. */
  lines?: boolean;
  normalisation: InputNormalisation;
  /** Leading time steps that loss and decoding ignore. */
  skip: number;
  /** Images a step. */
  batch: number;
  /** Letters of the longest label; rows with longer ones are left out. */
  maxLabel: number;
  /** Optimiser steps of the whole run; with `epochs`, what they come to. */
  steps: number;
  /** Counts the run in passes over the data: sets `steps`, `validateEvery` and `checkpointEvery` once the data is known. */
  epochs?: EpochConfig;
  /** Of the first weights, the words, their order and the augmentation. */
  seed: number;
  optimizer: OptimizerConfig;
  schedule: ScheduleConfig;
  /** Absent: the weights themselves are validated and exported. */
  average?: AverageConfig;
  /** Share of images whose grey levels are inverted. */
  invert: number;
  /** Steps between log lines. */
  logEvery: number;
  /** Steps between validations. */
  validateEvery: number;
  /** Steps between checkpoints. */
  checkpointEvery: number;
  /** Validations without progress before the run ends; 0: never. */
  patience: number;
  /** What progress means: more words right, or a smaller loss. */
  judge: 'wordAccuracy' | 'loss';
  /** Share of generated words made of digits; absent: 0.001, as among MJSynth's. */
  digitShare?: number;
  /** File of words to generate, one a line; absent: English ones. */
  words?: string;
  /** Folder of more typefaces for generated words: `lexel synth --font-folder`. */
  fontFolder?: string;
  /** Generated validation words (fonts never trained on). */
  validationWords: number;
  /** Labelled images to train on; generated words where absent. */
  data?: string;
  /** Labelled images to validate on. Where `data` is given too they decide what is best; otherwise they are scored beside generated words. */
  validation?: string;
  /** Weights that the run starts from. */
  initFrom?: string;
}

/** A configuration with some of its values: what a user writes. `base` names the one it starts from. */
export type ConfigChanges = Partial<Omit<RunConfig, 'optimizer' | 'schedule' | 'epochs'>> & {
  base?: string;
  optimizer?: Partial<OptimizerConfig>;
  schedule?: Partial<ScheduleConfig>;
  epochs?: Partial<EpochConfig>;
};

/** The runs that `lexel train --config NAME` knows. */
export const CONFIGS: Readonly<Record<string, RunConfig>> = {
  'word-small': wordSmall,
  'word-base': wordBase,
  'line-small': lineSmall,
  'article-lstm': articleLstm,
  'article-gru': articleGru,
};

/** A pass where a configuration that is counted in steps gets epochs: the study's data size. */
export const DEFAULT_EPOCHS: EpochConfig = { count: 20, images: 200_000, validateEvery: 1, checkpointEvery: 1 };

/** Values given: those that are undefined leave the default. */
function given<T extends object>(changes: T | undefined): Partial<T> {
  return Object.fromEntries(Object.entries(changes ?? {}).filter(([, v]) => v !== undefined)) as Partial<T>;
}

/**
 * A copy of a named configuration with some values replaced; `optimizer`, `schedule` and `epochs` are replaced value by value.
 * @throws ArgumentError naming the configurations there are, or the value that cannot be.
 */
export function runConfig(name: string, changes: ConfigChanges = {}): RunConfig {
  const found = Object.hasOwn(CONFIGS, name) ? CONFIGS[name] : undefined;
  if (!found)
    throw new ArgumentError(
      `config: ${JSON.stringify(name)} is unknown; expected one of ${Object.keys(CONFIGS).join(', ')}`,
    );
  const { base: _, optimizer, schedule, epochs, ...rest } = changes;
  const config: RunConfig = {
    ...structuredClone(found),
    ...given(rest),
    optimizer: { ...found.optimizer, ...given(optimizer) },
    schedule: { ...found.schedule, ...given(schedule) },
  };
  if (epochs || found.epochs) config.epochs = { ...(found.epochs ?? DEFAULT_EPOCHS), ...given(epochs) };
  return checkConfig(config);
}

const OPTIONAL = ['epochs', 'hidden', 'lines', 'digitShare', 'words', 'fontFolder', 'average'] as const;

/** Reads a configuration that was saved, perhaps by an older version. @throws ArgumentError */
export function savedConfig(saved: Record<string, unknown>): RunConfig {
  const changes = saved as unknown as RunConfig;
  const base = Object.hasOwn(CONFIGS, changes.model) ? changes.model : 'word-small';
  const old = changes.optimizer;
  // What was saved before these values could be set had PyTorch's or Keras' defaults.
  const defaults = { eps: old?.dialect === 'keras' ? 1e-7 : 1e-8, clipNorm: 0 };
  const config = runConfig(base, {
    ...changes,
    judge: changes.judge ?? 'wordAccuracy',
    optimizer: { ...defaults, ...given(old) },
  });
  // What may be absent is as it was saved: without epochs a run is counted in steps, without a share of numbers it had the usual one.
  const absent = OPTIONAL.filter((key) => changes[key] === undefined).map((key) => [key, undefined]);
  return { ...config, ...(Object.fromEntries(absent) as Partial<RunConfig>) };
}

/** The configuration with the steps that its epochs come to for a data set of `images`. The last batch of a pass is filled from the next. */
export function withSteps(config: RunConfig, images: number): RunConfig {
  const { epochs } = config;
  if (!epochs) return config;
  const each = Math.max(1, Math.ceil(images / config.batch));
  return {
    ...config,
    epochs: { ...epochs, images },
    steps: epochs.count * each,
    validateEvery: epochs.validateEvery * each,
    checkpointEvery: epochs.checkpointEvery * each,
  };
}

const isWhole = (least: number) => (v: unknown) => Number.isInteger(v) && (v as number) >= least;
const isNumber = (least: number, below = Number.POSITIVE_INFINITY) => {
  return (v: unknown) => typeof v === 'number' && v >= least && v < below;
};
const oneOf = (values: readonly unknown[]) => (v: unknown) => values.includes(v);
const isText = (v: unknown) => typeof v === 'string' && v !== '';
const or = (test: (v: unknown) => boolean) => (v: unknown) => v === undefined || test(v);
const positive = (v: unknown) => typeof v === 'number' && v > 0 && Number.isFinite(v);

type Rules<T> = { readonly [K in keyof Required<T>]: readonly [test: (v: unknown) => boolean, expected: string] };

const OPTIMIZER: Rules<OptimizerConfig> = {
  kind: [oneOf(['adam', 'adamw', 'radam', 'sgd']), 'adam, adamw, radam or sgd'],
  dialect: [oneOf(['torch', 'keras']), 'torch or keras'],
  betas: [(v) => Array.isArray(v) && v.length === 2 && v.every(isNumber(0, 1)), 'two numbers from 0 to below 1'],
  eps: [isNumber(0), 'a number from 0'],
  weightDecay: [isNumber(0), 'a number from 0'],
  momentum: [isNumber(0, 1), 'a number from 0 to below 1'],
  clipNorm: [isNumber(0), 'a number from 0'],
};

const SCHEDULE: Rules<ScheduleConfig> = {
  kind: [oneOf(['constant', 'cosine', 'one-cycle']), 'constant, cosine or one-cycle'],
  peak: [positive, 'a number above 0'],
  warmup: [or(isNumber(0, 1)), 'a number from 0 to below 1'],
  final: [or(isNumber(0)), 'a number from 0'],
};

const EPOCHS: Rules<EpochConfig> = {
  count: [isWhole(1), 'a whole number from 1'],
  images: [isWhole(1), 'a whole number from 1'],
  validateEvery: [isWhole(1), 'a whole number from 1'],
  checkpointEvery: [isWhole(1), 'a whole number from 1'],
};

const RUN: Rules<Omit<RunConfig, 'optimizer' | 'schedule' | 'epochs'>> = {
  name: [isText, 'a name'],
  model: [oneOf(ARCHITECTURES), `one of ${ARCHITECTURES.join(', ')}`],
  hidden: [or(isWhole(1)), 'a whole number from 1'],
  alphabet: [isText, 'the letters in one string'],
  height: [isWhole(1), 'a whole number from 1'],
  width: [isWhole(1), 'a whole number from 1'],
  lines: [(v) => v === undefined || typeof v === 'boolean', 'true or false'],
  normalisation: [
    (v) => oneOf(['standard', 'unit'])((v as InputNormalisation | undefined)?.kind),
    '{ kind: standard or unit }',
  ],
  skip: [isWhole(0), 'a whole number from 0'],
  batch: [isWhole(1), 'a whole number from 1'],
  maxLabel: [isWhole(1), 'a whole number from 1'],
  steps: [isWhole(1), 'a whole number from 1'],
  seed: [isWhole(0), 'a whole number from 0'],
  invert: [(v) => isNumber(0)(v) && (v as number) <= 1, 'a number from 0 to 1'],
  logEvery: [isWhole(1), 'a whole number from 1'],
  validateEvery: [isWhole(1), 'a whole number from 1'],
  checkpointEvery: [isWhole(1), 'a whole number from 1'],
  patience: [isWhole(0), 'a whole number from 0'],
  judge: [oneOf(['wordAccuracy', 'loss']), 'wordAccuracy or loss'],
  validationWords: [isWhole(1), 'a whole number from 1'],
  digitShare: [or((v) => isNumber(0)(v) && (v as number) <= 1), 'a number from 0 to 1'],
  fontFolder: [or(isText), 'a path'],
  words: [or(isText), 'a path'],
  data: [or(isText), 'a path'],
  validation: [or(isText), 'a path'],
  initFrom: [or(isText), 'a path'],
  average: [
    or((v) => oneOf(['ema'])((v as AverageConfig).kind) && isNumber(0.5, 1)((v as AverageConfig).decay)),
    '{ kind: ema, decay: a number from 0.5 to below 1 }',
  ],
};

/** Checks one group of values against its rules; a name that no rule knows is likely a slip. */
function check(
  prefix: string,
  values: object,
  rules: Readonly<Record<string, readonly [(v: unknown) => boolean, string]>>,
) {
  for (const key of Object.keys(values))
    if (!Object.hasOwn(rules, key))
      throw new ArgumentError(`config: ${prefix}${key} is unknown; expected one of ${Object.keys(rules).join(', ')}`);
  for (const [key, [test, expected]] of Object.entries(rules)) {
    const value = (values as Record<string, unknown>)[key];
    if (!test(value))
      throw new ArgumentError(`config: ${prefix}${key} must be ${expected}, got ${JSON.stringify(value)}`);
  }
}

/** @throws ArgumentError naming the first value that cannot be. */
export function checkConfig(config: RunConfig): RunConfig {
  const { optimizer, schedule, epochs, ...rest } = config;
  check('', rest, RUN);
  check('optimizer.', optimizer, OPTIMIZER);
  check('schedule.', schedule, SCHEDULE);
  if (epochs) check('epochs.', epochs, EPOCHS);
  new Alphabet(config.alphabet);
  const { model, hidden, lines, words, fontFolder, digitShare } = config;
  if (hidden !== undefined && model !== 'word-small' && model !== 'line-small')
    throw new ArgumentError(`config: hidden is for word-small and line-small; ${model} has widths of its own`);
  if (lines && (words ?? fontFolder ?? digitShare) !== undefined)
    throw new ArgumentError(
      'config: words, fontFolder and digitShare are for generated words; lines have texts and typefaces of their own',
    );
  return config;
}
