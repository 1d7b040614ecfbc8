import type { Component } from './components.ts';
import type { Fragment } from './group.ts';

/** Gaps beyond this share of the line's height are all the same: between words, or more. */
const CLIPPED = 0.8;
/** Where gaps fall into no two kinds, the least between words, over the line's height. */
const USUAL = 0.25;
/** How far the mean gap between words is above that between letters, and what it is at least. */
const LEAST_APART = 0.1;
const LEAST_SPACE = 0.15;

/** Components that share columns as one: dots over letters, letters in pieces. */
function columns(parts: readonly Component[]): Component[] {
  const out: Component[] = [];
  for (const c of [...parts].sort((a, b) => a.x0 - b.x0)) {
    const last = out[out.length - 1];
    if (last && c.x0 < last.x1) {
      last.x1 = Math.max(last.x1, c.x1);
      last.y0 = Math.min(last.y0, c.y0);
      last.y1 = Math.max(last.y1, c.y1);
      last.area += c.area;
    } else out.push({ ...c });
  }
  return out;
}

/**
 * The gap from which on words part: Otsu's threshold over the line's own gaps, which is the cut that leaves the two kinds most alike.
 * @see https://doi.org/10.1109/TSMC.1979.4310076
 */
function threshold(gaps: readonly number[], high: number): number {
  const sorted = gaps.map((g) => Math.max(0, Math.min(CLIPPED * high, g))).sort((a, b) => a - b);
  const total = sorted.reduce((a, b) => a + b, 0);
  let best = 0;
  let at = USUAL * high;
  let below = 0;
  for (let n = 1; n < sorted.length; n++) {
    below += sorted[n - 1];
    const [between, above] = [below / n, (total - below) / (sorted.length - n)];
    const variance = n * (sorted.length - n) * (above - between) ** 2;
    if (variance <= best || sorted[n] === sorted[n - 1]) continue;
    if (above - between < LEAST_APART * high || above < LEAST_SPACE * high) continue;
    best = variance;
    at = (sorted[n] + sorted[n - 1]) / 2;
  }
  // Letters spaced out evenly are one word.
  const least = sorted[0] ?? 0;
  if (least > 0.15 * high && gaps.every((g) => g < 1.8 * least)) return Infinity;
  return at;
}

/** The words of a line, from left to right. */
export function wordsOf(line: Fragment): Component[] {
  const letters = columns(line.parts);
  const gaps = letters.slice(1).map((c, i) => c.x0 - letters[i].x1);
  const least = threshold(gaps, line.y1 - line.y0);
  const words: Component[] = [];
  letters.forEach((c, i) => {
    const last = words[words.length - 1];
    if (last === undefined || gaps[i - 1] > least) words.push({ ...c });
    else {
      last.x1 = c.x1;
      last.y0 = Math.min(last.y0, c.y0);
      last.y1 = Math.max(last.y1, c.y1);
      last.area += c.area;
    }
  });
  return words;
}
