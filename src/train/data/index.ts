/** Words to learn from: the generator, label lists, resizing and the figures that compare generated with real crops. */

export { fitLine } from '../../nn/fit-line.ts';
export { resizeGrey } from '../../nn/resize.ts';
export { type Analysis, analyse, type Counts, percentile, type Recommendation, type SizedLabel } from './analysis.ts';
export { csvLine } from './csv.ts';
export { DataError, type DataErrorCode } from './errors.ts';
export { readLabels } from './labels.node.ts';
export {
  type Alignable,
  alignable,
  type LabelList,
  type LabelRow,
  parseLabels,
  type Remark,
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
export { type FontFace, FontLibrary, type FontSplit, isHoldout } from './synth/fonts.ts';
export { isLineHoldout, LINE_FAMILIES, type LineFontKind } from './synth/lines/families.ts';
export { LINE_SCENES, type LineScene, type LineSceneParams } from './synth/lines/params.ts';
export { LineRenderer } from './synth/lines/renderer.ts';
export { drawLineText, type LineKind, type LineText } from './synth/lines/text.ts';
export { DEFAULT_SYNTH, type Range, type SynthParams } from './synth/params.ts';
export type { SynthBatch, SynthSetup } from './synth/protocol.ts';
export { Random } from './synth/random.ts';
export { type RenderOptions, renderWord, type SynthSample } from './synth/render.ts';
export { createRenderer, type Renderer, SynthRenderer } from './synth/renderer.ts';
export { SYNTH_ALPHABET, SynthStream, type SynthStreamOptions, synthSetup } from './synth/stream.ts';
export {
  chooseWords,
  filterWords,
  loadWords,
  sampleWord,
  type WordChoice,
  type WordLimits,
} from './synth/words.ts';
