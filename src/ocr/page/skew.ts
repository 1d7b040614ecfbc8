import type { Component } from './components.ts';

/** Pages are straightened up to this many degrees either way. */
export const MOST_SKEW = 6;

/** Too few letters, or too short a row of them, say nothing of a page's skew. */
const LEAST_LETTERS = 10;

/**
 * The tangent of the angle at which rows of letters run, positive where they fall to the right: the one at which their feet, projected
 * along it, pile up highest.
 * @param letters components of about a letter's size
 * @param size the height of a letter in pixels
 */
export function skewOf(letters: readonly Component[], size: number): number {
  if (letters.length < LEAST_LETTERS) return 0;
  const left = Math.min(...letters.map((c) => c.x0));
  const right = Math.max(...letters.map((c) => c.x1));
  if (right - left < 6 * size) return 0;
  const middle = (left + right) / 2;
  const feet = letters.map((c) => ({ x: (c.x0 + c.x1) / 2 - middle, y: c.y1 }));
  const bin = Math.max(1, size / 10);
  const score = (degrees: number): number => {
    const slope = Math.tan((degrees * Math.PI) / 180);
    const piles = new Map<number, number>();
    for (const { x, y } of feet) {
      const at = (y - x * slope) / bin;
      const low = Math.floor(at);
      piles.set(low, (piles.get(low) ?? 0) + 1 - (at - low));
      piles.set(low + 1, (piles.get(low + 1) ?? 0) + at - low);
    }
    let sum = 0;
    for (const n of piles.values()) sum += n * n;
    return sum;
  };
  const straight = score(0);
  let best = 0;
  let most = straight;
  const search = (from: number, to: number, step: number) => {
    for (let d = from; d <= to + 1e-9; d += step) {
      const s = score(d);
      if (s > most) {
        most = s;
        best = d;
      }
    }
  };
  search(-MOST_SKEW, MOST_SKEW, 0.2);
  search(best - 0.2, best + 0.2, 0.02);
  // Chance alignments of a few letters are no reason to turn a page.
  return most > 1.15 * straight ? Math.tan((best * Math.PI) / 180) : 0;
}
