import { fitLine, normaliseInto, resizeGrey } from '../nn/index.ts';
import type { GreyImage } from './image/index.ts';
import type { ModelInfo } from './model.ts';

/** Widest input of a word model: a longer picture is pressed together. */
const MAX_WORD = 2048;
/** Of a line model, which takes it in windows: some 1,000 letters. A longer picture is no line. */
const MAX_LINE = 16_384;

/** A picture as a model takes it. */
export interface FittedInput {
  /** [info.height, width], normalised. */
  readonly values: Float32Array;
  readonly width: number;
  /** Columns that show the picture; what follows is added paper. */
  readonly filled: number;
}

/** Grey pixels [info.height, width] as a model's input. */
export function normalised(pixels: Uint8Array, width: number, info: ModelInfo): FittedInput {
  const values = new Float32Array(pixels.length);
  normaliseInto(pixels, 0, pixels.length, values, 0, info.normalisation);
  return { values, width, filled: width };
}

/** Scales a picture as the model was trained: words are stretched to its width, lines keep their aspect. */
export function inputOf(image: GreyImage, info: ModelInfo): FittedInput {
  if (info.reads === 'line') {
    const { grey, width, filled } = fitLine(image.grey, image.width, image.height, info.height, MAX_LINE);
    return { ...normalised(grey, width, info), filled };
  }
  const width = wordWidth(image, info);
  return normalised(resizeGrey(image.grey, image.width, image.height, width, info.height), width, info);
}

/**
 * Words are stretched to the model's width, as in training. A picture much longer than a word of the training set
 * would press its letters together: it keeps their usual width instead, and takes more time steps.
 */
function wordWidth(image: GreyImage, info: ModelInfo): number {
  const natural = (image.width * info.height) / image.height;
  const usual = info.width * 2;
  if (natural <= usual) return info.width;
  return Math.min(MAX_WORD, Math.round((info.width * natural) / usual / 32) * 32);
}
