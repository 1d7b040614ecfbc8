import { WORD_ALPHABET } from '../../nn/index.ts';
import type { RunConfig } from '../config.ts';

/** The study's first model: LSTM cells, Adam as Keras has it, 20 epochs at most, stopped by the validation loss. */
export const articleLstm: RunConfig = {
  name: 'article-lstm',
  model: 'article-lstm',
  alphabet: WORD_ALPHABET,
  height: 32,
  width: 170,
  normalisation: { kind: 'unit' },
  skip: 2,
  batch: 64,
  maxLabel: 24,
  // 20 passes over 200,000 images; a data set brings its own number.
  steps: 62_500,
  epochs: { count: 20, images: 200_000, validateEvery: 1, checkpointEvery: 2 },
  seed: 1,
  optimizer: {
    kind: 'adam',
    dialect: 'keras',
    betas: [0.9, 0.999],
    eps: 1e-7,
    weightDecay: 0,
    momentum: 0,
    clipNorm: 0,
  },
  schedule: { kind: 'constant', peak: 1e-3 },
  invert: 0,
  logEvery: 10,
  validateEvery: 3125,
  checkpointEvery: 6250,
  patience: 2,
  judge: 'loss',
  validationWords: 512,
};
