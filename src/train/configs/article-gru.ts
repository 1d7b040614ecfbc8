import type { RunConfig } from '../config.ts';
import { articleLstm } from './article-lstm.ts';

/** The study's second model: GRU cells, RAdam with the defaults of the Keras package (no warm-up, no decay). */
export const articleGru: RunConfig = {
  ...articleLstm,
  name: 'article-gru',
  model: 'article-gru',
  optimizer: { ...articleLstm.optimizer, kind: 'radam' },
};
