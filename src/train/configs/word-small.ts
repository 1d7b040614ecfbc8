import { WORD_ALPHABET } from '../../nn/index.ts';
import type { RunConfig } from '../config.ts';

/** The recipe of the model that ships: generated words, one cycle of Adam. */
export const wordSmall: RunConfig = {
  name: 'word-small',
  model: 'word-small',
  alphabet: WORD_ALPHABET,
  height: 32,
  width: 128,
  normalisation: { kind: 'standard' },
  skip: 0,
  batch: 32,
  maxLabel: 24,
  steps: 4900,
  seed: 1,
  optimizer: {
    kind: 'adam',
    dialect: 'torch',
    betas: [0.9, 0.999],
    eps: 1e-8,
    weightDecay: 0,
    momentum: 0,
    clipNorm: 5,
  },
  schedule: { kind: 'one-cycle', peak: 2e-3, warmup: 0.08 },
  invert: 0.5,
  logEvery: 10,
  validateEvery: 300,
  checkpointEvery: 50,
  patience: 0,
  judge: 'wordAccuracy',
  validationWords: 512,
};
