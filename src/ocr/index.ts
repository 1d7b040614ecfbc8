export { decodeImage, type GreyImage } from './image/index.ts';
export type { ImageInput, RawPixels, Region } from './input.ts';
export { loadModelBytes, type ModelSource, SHIPPED_MODELS } from './load.ts';
export { type ModelFile, type ModelInfo, readModel, writeModel } from './model.ts';
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
export {
  type Char,
  createRecognizer,
  type Outcome,
  type Reading,
  type ReadOptions,
  Recognizer,
  type RecognizerOptions,
} from './recognizer.ts';
