/** How grey pixels become network input; part of a model's contract and stored with it. */
export interface InputNormalisation {
  /** 'standard': each image to mean 0 and deviation 1, so that contrast and brightness drop out; 'unit': divided by 255. */
  readonly kind: 'standard' | 'unit';
}

/** Deviations below this many grey levels are not stretched further: an empty crop stays quiet. */
const LEAST_DEVIATION = 4;

/**
 * Writes one image as network input.
 * @param grey pixels 0-255, `count` of them from `from`.
 * @param out receives `count` floats at `to`.
 * @param invert swaps dark and light (augmentation).
 * @param own of a padded line: the width of a row, and how many of its columns are the line's; mean and deviation are of these.
 */
export function normaliseInto(
  grey: Uint8Array,
  from: number,
  count: number,
  out: Float32Array,
  to: number,
  normalisation: InputNormalisation,
  invert = false,
  own: { readonly width: number; readonly columns: number } = { width: count, columns: count },
): void {
  if (normalisation.kind === 'unit') {
    for (let i = 0; i < count; i++) out[to + i] = (invert ? 255 - grey[from + i] : grey[from + i]) / 255;
    return;
  }
  let sum = 0;
  let squares = 0;
  for (let row = 0; row < count; row += own.width) {
    for (let i = row; i < row + own.columns; i++) {
      const v = grey[from + i];
      sum += v;
      squares += v * v;
    }
  }
  const counted = (count / own.width) * own.columns;
  const mean = sum / counted;
  const deviation = Math.sqrt(Math.max(0, squares / counted - mean * mean));
  const scale = (invert ? -1 : 1) / Math.max(LEAST_DEVIATION, deviation);
  for (let i = 0; i < count; i++) out[to + i] = (grey[from + i] - mean) * scale;
}
