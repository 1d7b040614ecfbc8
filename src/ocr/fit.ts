import { normaliseInto, resizeGrey } from '../nn/index.ts';
import type { GreyImage } from './image/index.ts';
import type { ModelInfo } from './model.ts';

/** Widest input of a word model: a longer picture is pressed together. */
const MAX_WORD = 2048;

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

/** Scales a picture of a word as the model was trained: stretched to its width. */
export function wordInput(image: GreyImage, info: ModelInfo): FittedInput {
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
