import { resizeGrey } from './resize.ts';

/** A line of text as a line model takes it. */
export interface LineImage {
  readonly width: number;
  /** Columns before the paper that was added: what the picture itself became. */
  readonly filled: number;
  /** [height, width] */
  readonly grey: Uint8Array;
}

/** Widths are multiples of this: few sizes to record, and an even number of time steps. */
const LINE_STEP = 32;

/**
 * Scales a picture of one line to a height, keeps its aspect up to `maxWidth`, and adds paper (its median grey) on the right up to a
 * multiple of 32. Training and reading use this same function.
 * @throws RangeError as {@link resizeGrey}
 */
export function fitLine(grey: Uint8Array, w: number, h: number, height: number, maxWidth: number): LineImage {
  const filled = Math.max(1, Math.min(maxWidth, Math.round((w * height) / h)));
  const scaled = resizeGrey(grey, w, h, filled, height);
  const width = Math.ceil(filled / LINE_STEP) * LINE_STEP;
  if (width === filled) return { width, filled, grey: scaled };
  const out = new Uint8Array(width * height).fill(medianGrey(scaled));
  for (let y = 0; y < height; y++) out.set(scaled.subarray(y * filled, (y + 1) * filled), y * width);
  return { width, filled, grey: out };
}

function medianGrey(grey: Uint8Array): number {
  const histogram = new Uint32Array(256);
  for (const v of grey) histogram[v]++;
  let seen = 0;
  let at = 0;
  while (at < 255 && 2 * (seen + histogram[at]) < grey.length) seen += histogram[at++];
  return at;
}
