import type { Component } from './components.ts';
import type { Fragment } from './group.ts';

/** A gap that parts words lies between these, over the line's height; where none stands out, `USUAL`. */
const LEAST = 0.14;
const MOST = 0.7;
const USUAL = 0.27;
/** The least gap between words, and how far it stands out from those between letters. */
const LEAST_SPACE = 0.18;
const LEAST_JUMP = 0.07;

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

/** The gap from which on words part: the middle of the widest step in the sorted gaps of the line. */
function threshold(gaps: readonly number[], high: number): number {
  const sorted = [...gaps].sort((a, b) => a - b);
  let best = 0;
  let at = USUAL * high;
  for (let i = 1; i < sorted.length; i++) {
    const jump = sorted[i] - sorted[i - 1];
    const middle = (sorted[i] + sorted[i - 1]) / 2;
    if (middle < LEAST * high || middle > MOST * high || sorted[i] < LEAST_SPACE * high) continue;
    if (jump > best && jump >= LEAST_JUMP * high) {
      best = jump;
      at = middle;
    }
  }
  // Letters spaced out evenly are one word.
  const least = sorted[0] ?? 0;
  if (best === 0 && least > 0.15 * high && sorted[sorted.length - 1] < 1.8 * least) return Infinity;
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
