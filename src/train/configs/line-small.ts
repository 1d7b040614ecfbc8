import { LINE_ALPHABET } from '../../nn/index.ts';
import type { RunConfig } from '../config.ts';
import { wordSmall } from './word-small.ts';

/** Lines of printable ASCII at their own widths: up to 64 symbols, 1,024 pixels. */
export const lineSmall: RunConfig = {
  ...wordSmall,
  name: 'line-small',
  model: 'line-small',
  alphabet: LINE_ALPHABET,
  width: 1024,
  lines: true,
  maxLabel: 64,
  batch: 16,
  steps: 40_000,
  schedule: { kind: 'one-cycle', peak: 2e-3, warmup: 0.05 },
  validateEvery: 1000,
  checkpointEvery: 100,
};
