export {
  type EstimateOptions,
  estimateLanguageModel,
  type Grams,
  LanguageModel,
  type LanguageModelWeights,
  Lexicon,
  type PrefixScorer,
  type PrefixState,
  writeLanguageModel,
} from '../nn/index.ts';
export { englishLanguageModel } from './english.ts';
export { packModel } from './export.ts';
export { type DecodeOptions as ImageDecodeOptions, decodeImage, type GreyImage, MAX_PIXELS } from './image/index.ts';
export type { ImageInput, RawPixels, Region } from './input.ts';
export {
  type LoadOptions,
  loadModelBytes,
  type ModelSource,
  openModel,
  PAGE_MODEL,
  SHIPPED_MODELS,
  WORD_MODEL,
} from './load.ts';
export { type ModelFile, type ModelInfo, readModel, type SelfCheck, writeModel } from './model.ts';
export {
  type LineReading,
  type NoLines,
  type PageBox,
  type PageLayout,
  type PageLine,
  type PageReading,
  type Point,
  type ReadPageOptions,
  segmentPage,
} from './page/index.ts';
export { createRecognizer, Recognizer } from './recognizer.ts';
export type * from './types.ts';
