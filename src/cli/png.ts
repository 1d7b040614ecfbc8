import { PNG } from 'pngjs';
import type { GreyImage } from '../ocr/image/index.ts';

/** An 8-bit grey PNG. */
export function greyPng(image: GreyImage): Uint8Array {
  const { width, height, grey } = image;
  const png = new PNG({ width, height, colorType: 0, inputColorType: 0, bitDepth: 8, inputHasAlpha: false });
  png.data = Buffer.from(grey.buffer, grey.byteOffset, grey.byteLength);
  return PNG.sync.write(png, { colorType: 0, inputColorType: 0, bitDepth: 8, inputHasAlpha: false });
}
