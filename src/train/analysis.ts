import { distance } from 'fastest-levenshtein';
import { Random } from '../nn/index.ts';

/** A reading beside its label. */
export interface Pair {
  readonly text: string;
  readonly label: string;
  readonly confidence: number;
}

/** Images of `pairs` that were read wrong, the worst first: most edits a letter, then the surest. */
export function worst(pairs: readonly Pair[], most: number): number[] {
  return pairs
    .map((p, i) => ({ i, edits: distance(p.text, p.label) / Math.max(1, p.label.length), confidence: p.confidence }))
    .filter((p) => p.edits > 0)
    .sort((a, b) => b.edits - a.edits || b.confidence - a.confidence || a.i - b.i)
    .slice(0, most)
    .map((p) => p.i);
}

/** Word accuracy of a part of the images. */
export interface Group {
  readonly name: string;
  readonly count: number;
  readonly right: number;
}

/** Groups in the order in which `names` lists them, then as they come; images without a name are left out. */
export function groupBy(
  pairs: readonly Pair[],
  name: (p: Pair, i: number) => string | undefined,
  names: readonly string[] = [],
): Group[] {
  const groups = new Map(names.map((n) => [n, { name: n, count: 0, right: 0 }]));
  pairs.forEach((p, i) => {
    const key = name(p, i);
    if (key === undefined) return;
    const g = groups.get(key) ?? { name: key, count: 0, right: 0 };
    g.count++;
    if (p.text === p.label) g.right++;
    groups.set(key, g);
  });
  return [...groups.values()].filter((g) => g.count > 0);
}

/** Whether a word is written in capitals, small letters, or with one capital first; undefined for anything else. */
export function caseOf(written: string): 'upper' | 'lower' | 'title' | undefined {
  const letters = [...written].filter((c) => c.toLowerCase() !== c.toUpperCase());
  if (letters.length === 0) return undefined;
  const upper = letters.map((c) => c === c.toUpperCase());
  if (upper.every(Boolean)) return 'upper';
  if (!upper.some(Boolean)) return 'lower';
  return upper[0] && !upper.slice(1).some(Boolean) ? 'title' : undefined;
}

/** The 95th minus the 5th percentile of an image's grey levels, 0 to 255. */
export function contrastOf(grey: Uint8Array): number {
  const counts = new Uint32Array(256);
  for (const v of grey) counts[v]++;
  const percentile = (share: number) => {
    let seen = 0;
    for (let v = 0; v < 256; v++) {
      seen += counts[v];
      if (seen >= share * grey.length) return v;
    }
    return 255;
  };
  return percentile(0.95) - percentile(0.05);
}

/** One bin of a reliability diagram. */
export interface Bin {
  /** Confidences from `from` to below `to` (the last includes 1). */
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly accuracy: number;
  readonly confidence: number;
}

/** Accuracy by confidence in equal bins, and the expected calibration error over them. https://arxiv.org/abs/1706.04599 */
export function calibration(pairs: readonly Pair[], bins = 10): { bins: Bin[]; ece: number } {
  const sums = Array.from({ length: bins }, () => ({ count: 0, right: 0, confidence: 0 }));
  for (const p of pairs) {
    const s = sums[Math.min(bins - 1, Math.max(0, Math.floor(p.confidence * bins)))];
    s.count++;
    s.right += p.text === p.label ? 1 : 0;
    s.confidence += p.confidence;
  }
  const ece = sums.reduce((t, s) => t + Math.abs(s.right - s.confidence), 0) / Math.max(1, pairs.length);
  const out = sums.map((s, i) => ({
    from: i / bins,
    to: (i + 1) / bins,
    count: s.count,
    accuracy: s.right / Math.max(1, s.count),
    confidence: s.confidence / Math.max(1, s.count),
  }));
  return { bins: out, ece };
}

/** The gap of an alignment: a letter that was not read, or one that is not there. */
export const GAP = '';

/** One cheapest alignment of label and reading, letter by letter; substitutions are preferred to gaps. */
export function align(label: string, text: string): [label: string, text: string][] {
  const a = [...label];
  const b = [...text];
  const width = b.length + 1;
  const cost = new Uint32Array((a.length + 1) * width);
  for (let j = 0; j <= b.length; j++) cost[j] = j;
  for (let i = 1; i <= a.length; i++) {
    cost[i * width] = i;
    for (let j = 1; j <= b.length; j++) {
      const change = cost[(i - 1) * width + j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      cost[i * width + j] = Math.min(change, cost[(i - 1) * width + j] + 1, cost[i * width + j - 1] + 1);
    }
  }
  const out: [string, string][] = [];
  let i = a.length;
  let j = b.length;
  while (i > 0 || j > 0) {
    const here = cost[i * width + j];
    if (i > 0 && j > 0 && here === cost[(i - 1) * width + j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1))
      out.push([a[--i], b[--j]]);
    else if (i > 0 && here === cost[(i - 1) * width + j] + 1) out.push([a[--i], GAP]);
    else out.push([GAP, b[--j]]);
  }
  return out.reverse();
}

/** How often each letter was read as which. */
export interface Confusion {
  /** Letters of rows (labels) and columns (readings); the last is the gap. */
  readonly letters: readonly string[];
  /** [letters, letters] counts. */
  readonly counts: readonly (readonly number[])[];
}

/** The confusion matrix of aligned letters. Letters outside `letters` are left out. */
export function confusion(pairs: readonly Pair[], letters: readonly string[]): Confusion {
  const all = [...letters, GAP];
  const index = new Map(all.map((l, i) => [l, i]));
  const counts = all.map(() => all.map(() => 0));
  for (const { label, text } of pairs)
    for (const [l, t] of align(label, text)) {
      const row = index.get(l);
      const column = index.get(t);
      if (row !== undefined && column !== undefined) counts[row][column]++;
    }
  return { letters: all, counts };
}

/**
 * The 95 % interval of a figure that is a ratio of sums over images, by the bootstrap: the images are drawn anew 1,000 times.
 * Deterministic. https://doi.org/10.1214/aos/1176344552
 */
export function bootstrap95(
  parts: readonly (readonly [numerator: number, denominator: number])[],
  draws = 1000,
): [number, number] {
  const n = parts.length;
  if (n === 0) return [0, 1];
  const random = new Random(95);
  const values = Float64Array.from({ length: draws }, () => {
    let top = 0;
    let bottom = 0;
    for (let k = 0; k < n; k++) {
      const [a, b] = parts[random.below(n)];
      top += a;
      bottom += b;
    }
    return bottom > 0 ? top / bottom : 0;
  }).sort();
  const at = (share: number) => values[Math.min(draws - 1, Math.max(0, Math.round(share * (draws - 1))))];
  return [at(0.025), at(0.975)];
}

/** Two models on the same images. */
export interface Comparison {
  readonly count: number;
  readonly bothRight: number;
  readonly onlyFirst: number;
  readonly onlySecond: number;
  readonly neither: number;
  /** Word accuracy of the second minus that of the first. */
  readonly difference: number;
  readonly difference95: readonly [number, number];
  /** Chance of a difference as large or larger where both are equally good: McNemar's exact test, two-sided. */
  readonly p: number;
}

/**
 * Compares two models on the same images.
 * @param right for each image, whether the first and the second model read it right.
 */
export function compareModels(right: readonly (readonly [first: boolean, second: boolean])[]): Comparison {
  const count = right.length;
  const tally = (a: boolean, b: boolean) => right.filter(([x, y]) => x === a && y === b).length;
  const onlyFirst = tally(true, false);
  const onlySecond = tally(false, true);
  const n = Math.max(1, count);
  const difference = (onlySecond - onlyFirst) / n;
  // Agresti and Min 2005: half an image is added to each of the four cells, against intervals of no width.
  const m = count + 2;
  const adjusted = (onlySecond - onlyFirst) / m;
  const spread = (onlyFirst + onlySecond + 1) / m - adjusted ** 2;
  const half = 1.959964 * Math.sqrt(Math.max(0, spread) / m);
  return {
    count,
    bothRight: tally(true, true),
    onlyFirst,
    onlySecond,
    neither: tally(false, false),
    difference,
    difference95: [Math.max(-1, adjusted - half), Math.min(1, adjusted + half)],
    p: mcnemar(onlyFirst, onlySecond),
  };
}

/** McNemar's exact test: the two-sided binomial probability of a split as uneven as `b` to `c` where both are equally likely. */
export function mcnemar(b: number, c: number): number {
  const n = b + c;
  const few = Math.min(b, c);
  // Binomial terms as logarithms: 2^-n is zero in float64 from n = 1,075.
  let log = -n * Math.LN2;
  let tail = Math.exp(log);
  for (let k = 1; k <= few; k++) {
    log += Math.log((n - k + 1) / k);
    tail += Math.exp(log);
  }
  return Math.min(1, 2 * tail);
}
