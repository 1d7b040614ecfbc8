import type { Region } from './input.ts';

/**
 * Widths of letters beside the mean letter of a word: medians of 1,000 generated words in held-out fonts. Symbols that are
 * not here count as 0.9, the width of a digit in most fonts.
 */
const WIDTHS: Readonly<Record<string, number>> = {
  ...{
    A: 1.07,
    B: 1.11,
    C: 0.98,
    D: 1.14,
    E: 0.97,
    F: 0.93,
    G: 1.09,
    H: 1.17,
    I: 0.56,
    J: 0.63,
    K: 1.1,
    L: 0.71,
    M: 1.54,
  },
  ...{
    N: 1.16,
    O: 1.06,
    P: 1.1,
    Q: 1.22,
    R: 0.92,
    S: 0.9,
    T: 0.88,
    U: 1.11,
    V: 1.03,
    W: 1.37,
    X: 1.04,
    Y: 1.02,
    Z: 0.97,
  },
};
const OTHER = 0.9;
/** CTC gives a letter its frames this much later than the letter's middle, measured on the same words. */
const DELAY_STEPS = 0.5;
/** Margin beside a word too short to measure its letters by, as a share of the picture: that of the crops trained on. */
const MARGIN = 0.03;

/**
 * Where the characters of a word stand.
 *
 * A network that sees the whole word gives its first letter to the first step and its last to the last one, whatever the margins (on
 * generated words 2.8 steps too early and 1.9 too late): only the middles of inner letters are taken, and the outer letters
 * stand beside them by their usual widths. Between two middles the edge parts them by their letters' widths.
 *
 * @param centers the mean time step of each character
 * @param steps time steps over the region
 * @returns boxes in the picture's pixels, left to right, within the region
 */
export function characterBoxes(
  symbols: readonly string[],
  centers: readonly number[],
  steps: number,
  region: Region,
): Region[] {
  const n = symbols.length;
  const scale = region.width / steps;
  const middle = centers.map((c) => (c - DELAY_STEPS) * scale);
  const width = symbols.map((s) => WIDTHS[s.toUpperCase()] ?? OTHER);
  const sum = (from: number, to: number): number => width.slice(from, to).reduce((a, b) => a + b, 0);
  // Pixels of a letter of width 1.
  let unit = (region.width * (1 - 2 * MARGIN)) / sum(0, n);
  if (n >= 4) unit = (middle[n - 2] - middle[1]) / (sum(1, n - 1) - (width[1] + width[n - 2]) / 2);
  const edges: number[] = [];
  if (n < 3) for (let i = 0; i <= n; i++) edges.push(MARGIN * region.width + unit * sum(0, i));
  else {
    edges.push(middle[1] - unit * (width[1] / 2 + width[0]), middle[1] - (unit * width[1]) / 2);
    for (let i = 2; i < n - 1; i++)
      edges.push(middle[i - 1] + ((middle[i] - middle[i - 1]) * width[i - 1]) / (width[i - 1] + width[i]));
    edges.push(middle[n - 2] + (unit * width[n - 2]) / 2, middle[n - 2] + unit * (width[n - 2] / 2 + width[n - 1]));
  }
  const inside = edges.map((x) => Math.min(region.width, Math.max(0, x)));
  return symbols.map((_, i) => ({
    x: region.x + inside[i],
    y: region.y,
    width: inside[i + 1] - inside[i],
    height: region.height,
  }));
}
