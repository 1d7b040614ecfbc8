import { PNG } from 'pngjs';
import type { GreyImage } from './stats.ts';

const GAP = 4;
/** Grey-blue: no grey word can be mistaken for it. */
const PAPER = [32, 64, 128] as const;

/**
 * Puts crops at natural size side by side in a PNG, row by row, cells as large as the largest crop.
 * @param columns cells a row
 */
export function contactSheet(samples: readonly GreyImage[], columns: number): Uint8Array {
  if (!Number.isInteger(columns) || columns < 1) throw new RangeError(`contactSheet: ${columns} columns`);
  const cellW = Math.max(1, ...samples.map((s) => s.width)) + GAP;
  const cellH = Math.max(1, ...samples.map((s) => s.height)) + GAP;
  const rows = Math.max(1, Math.ceil(samples.length / columns));
  const png = new PNG({ width: cellW * columns + GAP, height: cellH * rows + GAP });
  for (let i = 0; i < png.width * png.height; i++) png.data.set([...PAPER, 255], i * 4);
  samples.forEach((sample, n) => {
    const left = GAP + (n % columns) * cellW;
    const top = GAP + Math.floor(n / columns) * cellH;
    for (let y = 0; y < sample.height; y++) {
      for (let x = 0; x < sample.width; x++) {
        const v = sample.grey[y * sample.width + x];
        png.data.set([v, v, v, 255], ((top + y) * png.width + left + x) * 4);
      }
    }
  });
  return PNG.sync.write(png);
}
