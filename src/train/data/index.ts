/** Words to learn from: the generator, label lists, resizing and the figures that compare generated with real crops. */

export { resizeGrey } from '../../nn/resize.ts';
export { type Analysis, analyse, percentile, type SizedLabel } from './analysis.ts';
export { csvLine } from './csv.ts';
export { DataError, type DataErrorCode } from './errors.ts';
export {
  type Alignable,
  alignable,
  type LabelList,
  type LabelRow,
  parseLabels,
  type Remark,
  readLabels,
  type SkipKind,
  type SkippedRow,
  stepsNeeded,
} from './labels.ts';
export { Lmdb } from './lmdb.ts';
export { type MjsynthRow, type MjsynthSample, readLexicon, type SampleOptions, sampleMjsynth } from './mjsynth.ts';
export { Pack, type PackedRow, PackWriter } from './pack.ts';
export { PackedSource, type PackedSourceOptions } from './packed-source.ts';
export { contactSheet } from './sheet.ts';
export {
  formatStats,
  type GreyImage,
  type ImageStats,
  measureImage,
  STAT_PERCENTILES,
  type StatRow,
  statsTable,
} from './stats.ts';
export { FontLibrary, type FontSplit, isHoldout } from './synth/fonts.ts';
export { DEFAULT_SYNTH, type SynthParams } from './synth/params.ts';
export type { SynthBatch, SynthSetup } from './synth/protocol.ts';
export { Random } from './synth/random.ts';
export { type RenderOptions, renderWord, type SynthSample } from './synth/render.ts';
export { SynthRenderer } from './synth/renderer.ts';
export { SYNTH_ALPHABET, SynthStream, type SynthStreamOptions, synthSetup } from './synth/stream.ts';
export { filterWords, loadWords, sampleWord, type WordLimits } from './synth/words.ts';
