import type { RunConfig } from '../config.ts';
import { wordSmall } from './word-small.ts';

/** The larger word reader, for a real GPU: 6.4 million generated words. */
export const wordBase: RunConfig = {
  ...wordSmall,
  name: 'word-base',
  model: 'word-base',
  batch: 64,
  steps: 100_000,
  schedule: { kind: 'one-cycle', peak: 1.5e-3, warmup: 0.05 },
  digitShare: 0.02,
  validationWords: 2000,
  validateEvery: 2000,
  checkpointEvery: 500,
};
