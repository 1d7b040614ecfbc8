import { ArgumentError } from '../gpu/index.ts';
import { type Architecture, type InputNormalisation, LINE_ALPHABET, WORD_ALPHABET } from '../nn/index.ts';
import type { ScheduleConfig } from './schedules.ts';

/** Everything that defines a training run; printed at its start and saved with it. */
export interface RunConfig {
  name: string;
  model: Architecture;
  alphabet: string;
  height: number;
  /** Of every image, or, of lines, of the widest. */
  width: number;
  /** Lines of text at their own widths instead of words at one, and the longest in symbols. */
  lines?: { maxLength: number };
  normalisation: InputNormalisation;
  /** Leading time steps that loss and decoding ignore. */
  skip: number;
  batch: number;
  /** Optimiser steps of the whole run. */
  steps: number;
  seed: number;
  optimizer: {
    kind: 'adam' | 'adamw' | 'radam' | 'sgd';
    dialect: 'torch' | 'keras';
    weightDecay: number;
    clipNorm?: number;
  };
  schedule: ScheduleConfig;
  /** Share of images whose grey levels are inverted. */
  invert: number;
  logEvery: number;
  validateEvery: number;
  checkpointEvery: number;
  /** Validations without progress before the run ends; 0: never. */
  patience: number;
  /** Generated validation words (fonts never trained on). */
  validationWords: number;
}

const base: RunConfig = {
  name: 'word-small',
  model: 'word-small',
  alphabet: WORD_ALPHABET,
  height: 32,
  width: 128,
  normalisation: { kind: 'standard' },
  skip: 0,
  batch: 32,
  steps: 4900,
  seed: 1,
  optimizer: { kind: 'adam', dialect: 'torch', weightDecay: 0, clipNorm: 5 },
  schedule: { kind: 'one-cycle', peak: 2e-3, warmup: 0.08 },
  invert: 0.5,
  logEvery: 10,
  validateEvery: 300,
  checkpointEvery: 50,
  patience: 0,
  validationWords: 512,
};

/** The study's data size: 200,000 images, batch 64. */
const epoch = 3125;

const article: RunConfig = {
  ...base,
  name: 'article-lstm',
  model: 'article-lstm',
  width: 170,
  batch: 64,
  normalisation: { kind: 'unit' },
  skip: 2,
  steps: 20 * epoch,
  optimizer: { kind: 'adam', dialect: 'keras', weightDecay: 0 },
  schedule: { kind: 'constant', peak: 1e-3 },
  invert: 0,
  validateEvery: epoch,
  checkpointEvery: 2 * epoch,
  patience: 2,
};

const line: RunConfig = {
  ...base,
  name: 'line-small',
  model: 'line-small',
  alphabet: LINE_ALPHABET,
  width: 1024,
  lines: { maxLength: 64 },
  batch: 16,
  steps: 40_000,
  schedule: { kind: 'one-cycle', peak: 2e-3, warmup: 0.05 },
  validateEvery: 1000,
  checkpointEvery: 100,
};

/** The runs that `lexel train --config NAME` knows. */
export const CONFIGS: Readonly<Record<string, RunConfig>> = {
  'word-small': base,
  'line-small': line,
  'article-lstm': article,
  'article-gru': {
    ...article,
    name: 'article-gru',
    model: 'article-gru',
    optimizer: { kind: 'radam', dialect: 'keras', weightDecay: 0 },
  },
};

/** A copy of a named configuration with some values replaced. @throws ArgumentError naming those there are. */
export function runConfig(name: string, changes: Partial<RunConfig> = {}): RunConfig {
  const found = CONFIGS[name];
  if (!found)
    throw new ArgumentError(
      `config: ${JSON.stringify(name)} is unknown; expected one of ${Object.keys(CONFIGS).join(', ')}`,
    );
  const given = Object.fromEntries(Object.entries(changes).filter(([, v]) => v !== undefined));
  return { ...structuredClone(found), ...given };
}
