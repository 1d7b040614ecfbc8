export { Alphabet, LINE_ALPHABET, WORD_ALPHABET } from './alphabet.ts';
export { type BeamOptions, type BeamReading, beamSearch } from './beam.ts';
export {
  type AlignedLabel,
  type Alignment,
  alignLabels,
  ctcLogProbability,
  itemRows,
  logSoftmaxRows,
} from './ctc-align.ts';
export { type GreedyPath, greedyDecode } from './greedy.ts';
export * from './init.ts';
export { type InputNormalisation, normaliseInto } from './input.ts';
export * from './layers.ts';
export { Lexicon } from './lexicon.ts';
export { lexiconSearch } from './lexicon-search.ts';
export { Article } from './models/article.ts';
export * from './models/index.ts';
export { LineSmall } from './models/line-small.ts';
export type { Recognizable } from './models/model.ts';
export { WordSmall } from './models/word-small.ts';
export { Module } from './module.ts';
export { fromPyTorch, isTorchLayout, toPyTorch, torchName, type Weights } from './pytorch.ts';
export { Random } from './random.ts';
export { columnsToSequence, Gru, Lstm, type RecurrentOptions } from './recurrent.ts';
export { fitLine, type LineImage, resizeGrey } from './resize.ts';
export { fromHalf, readSafetensors, type TensorFile, toHalf, writeSafetensors } from './safetensors.ts';
export { type Transfer, transferAlphabet } from './transfer.ts';
