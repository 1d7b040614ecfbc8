export { Lexicon } from '../nn/index.ts';
export { RIVALS, shareOfBest } from './decode.ts';
export { packModel } from './export.ts';
export { decodeImage, type GreyImage } from './image/index.ts';
export type { ImageInput, RawPixels, Region } from './input.ts';
export { loadModelBytes, type ModelSource, SHIPPED_MODELS } from './load.ts';
export { type ModelFile, type ModelInfo, readModel, writeModel } from './model.ts';
export { createRecognizer, Recognizer } from './recognizer.ts';
export type {
  Alternative,
  Char,
  CharAlternative,
  DecodeOptions,
  OnProgress,
  Outcome,
  Posteriors,
  Progress,
  Reading,
  ReadManyOptions,
  ReadOptions,
  RecognizerOptions,
  Timing,
} from './types.ts';
