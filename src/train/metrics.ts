import { distance } from 'fastest-levenshtein';

/** Scores of a set of readings; see the study's definitions in the docstrings. */
export interface Scores {
  readonly count: number;
  /** Share of words read without a mistake. */
  readonly wordAccuracy: number;
  /** Positions at which reading and label agree, over the sum of max(length of reading, length of label). */
  readonly letterAccuracy: number;
  /** Edit distance over the length of the labels. */
  readonly cer: number;
  /** Mean of 1 - distance / max(length): the field's 1-NED. */
  readonly oneMinusNed: number;
  /** Share of images with 0, 1, 2, 3 and 4 positions that differ within the shorter of the two. */
  readonly mismatches: readonly number[];
}

/** Positions at which reading and label agree, and the length of the longer and of the shorter of the two. */
export function agreement(text: string, label: string): { same: number; long: number; short: number } {
  const a = [...text];
  const b = [...label];
  const short = Math.min(a.length, b.length);
  let same = 0;
  for (let i = 0; i < short; i++) if (a[i] === b[i]) same++;
  return { same, long: Math.max(a.length, b.length), short };
}

/** Scores pairs of reading and label. An empty set scores 0. */
export function scores(pairs: readonly { text: string; label: string }[]): Scores {
  let right = 0;
  let agree = 0;
  let longest = 0;
  let edits = 0;
  let letters = 0;
  let ned = 0;
  const mismatches = [0, 0, 0, 0, 0];
  for (const { text, label } of pairs) {
    if (text === label) right++;
    const { same, long, short } = agreement(text, label);
    agree += same;
    longest += long;
    const d = distance(text, label);
    edits += d;
    letters += [...label].length;
    ned += long === 0 ? 1 : 1 - d / long;
    const m = short - same;
    if (m < mismatches.length) mismatches[m]++;
  }
  const n = Math.max(1, pairs.length);
  return {
    count: pairs.length,
    wordAccuracy: right / n,
    letterAccuracy: agree / Math.max(1, longest),
    cer: edits / Math.max(1, letters),
    oneMinusNed: ned / n,
    mismatches: mismatches.map((m) => m / n),
  };
}

/** Wilson score interval of a share, 95 %. */
export function interval95(share: number, count: number): [number, number] {
  if (count === 0) return [0, 1];
  const z = 1.959964;
  const z2 = (z * z) / count;
  const middle = (share + z2 / 2) / (1 + z2);
  const half = (z * Math.sqrt((share * (1 - share)) / count + z2 / (4 * count))) / (1 + z2);
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}
