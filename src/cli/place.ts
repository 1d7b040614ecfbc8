import type { GreyImage } from '../ocr/index.ts';
import { fitLine, resizeGrey } from '../train/data/index.ts';

/** The size that pictures are loaded at. */
export interface SetSize {
  readonly height: number;
  /** Of every picture, or, of lines, of the widest. */
  readonly width: number;
  /** Lines of text: they keep their aspect. Default false. */
  readonly lines?: boolean;
}

/**
 * Scales a picture into its place in a set: a word is stretched to it, a line keeps its aspect, and its last column is repeated up to the end.
 * @param out [height, width]
 * @returns the columns that are its own
 */
export function place({ grey, width, height }: GreyImage, size: SetSize, out: Uint8Array): number {
  if (!size.lines) {
    resizeGrey(grey, width, height, size.width, size.height, out);
    return size.width;
  }
  const line = fitLine(grey, width, height, size.height, size.width);
  for (let y = 0; y < size.height; y++) {
    const row = line.grey.subarray(y * line.width, (y + 1) * line.width);
    out.fill(row[row.length - 1], y * size.width, (y + 1) * size.width);
    out.set(row, y * size.width);
  }
  return line.width;
}
