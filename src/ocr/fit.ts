import { fitLine, resizeGrey } from '../nn/index.ts';
import type { GreyImage } from './image/index.ts';
import type { ModelInfo } from './model.ts';

/** Widest input: a longer picture is pressed together. */
const MAX_WIDTH = 2048;

/** A picture as a model takes it. */
export interface FittedInput {
  /** [info.height, width] */
  readonly pixels: Uint8Array;
  readonly width: number;
  /** Columns that show the picture; what follows is added paper. */
  readonly filled: number;
}

/** Scales a picture as the model was trained: words are stretched to its width, lines keep their aspect. */
export function inputOf(image: GreyImage, info: ModelInfo): FittedInput {
  if (info.reads === 'line') {
    const { grey, width, filled } = fitLine(image.grey, image.width, image.height, info.height, MAX_WIDTH);
    return { pixels: grey, width, filled };
  }
  const width = wordWidth(image, info);
  return { pixels: resizeGrey(image.grey, image.width, image.height, width, info.height), width, filled: width };
}

/**
 * Words are stretched to the model's width, as in training. A picture much longer than a word of the training set
 * would press its letters together: it keeps their usual width instead, and takes more time steps.
 */
function wordWidth(image: GreyImage, info: ModelInfo): number {
  const natural = (image.width * info.height) / image.height;
  const usual = info.width * 2;
  if (natural <= usual) return info.width;
  return Math.min(MAX_WIDTH, Math.round((info.width * natural) / usual / 32) * 32);
}
