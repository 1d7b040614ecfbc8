import { stepsNeeded } from './labels.ts';

/** How often each value occurs, by value. */
export type Counts = readonly (readonly [value: number, count: number])[];

export interface SizedLabel {
  readonly label: string;
  /** Pixels. */
  readonly height: number;
  /** Pixels. */
  readonly width: number;
}

/** The figures of a labelled set. */
export interface Analysis {
  readonly images: number;
  readonly heights: Counts;
  readonly widths: Counts;
  /** Characters a label. */
  readonly lengths: Counts;
  /** Pixels at 50 and at 90 to 99 %. */
  readonly percentiles: readonly { readonly percent: number; readonly height: number; readonly width: number }[];
  /** The five commonest lengths. */
  readonly commonest: Counts;
  /** Labels that hold a digit. */
  readonly withDigits: number;
  readonly uniqueLabels: number;
  /** Characters of all labels, the commonest first. */
  readonly letters: readonly (readonly [letter: string, count: number])[];
  readonly recommended: Recommendation;
}

/** An input size that follows from the set. */
export interface Recommendation {
  /** Pixels: a multiple of 16 that 90 % of the heights do not exceed. */
  readonly height: number;
  /** Pixels: 90 % of the widths after scaling to that height, and wide enough for the longest label. */
  readonly width: number;
  /** Time steps that the longest label needs under CTC. */
  readonly stepsNeeded: number;
}

const PERCENTS = [50, 90, 91, 92, 93, 94, 95, 96, 97, 98, 99] as const;
/** A time step stands for four columns in both models that are trained here. */
const COLUMNS_A_STEP = 4;
/** Time steps that a model may drop at the start. */
const DROPPED = 2;

function counts(values: Iterable<number>): [number, number][] {
  const found = new Map<number, number>();
  for (const v of values) found.set(v, (found.get(v) ?? 0) + 1);
  return [...found].sort((a, b) => a[0] - b[0]);
}

/** The value that `percent` of all do not exceed (nearest rank). */
export function percentile(values: Counts, percent: number): number {
  const total = values.reduce((sum, [, n]) => sum + n, 0);
  let rank = Math.max(1, Math.ceil((percent / 100) * total));
  for (const [value, n] of values) {
    rank -= n;
    if (rank <= 0) return value;
  }
  return Number.NaN;
}

/** Measures a set. @throws RangeError for an empty one */
export function analyse(rows: readonly SizedLabel[]): Analysis {
  if (rows.length === 0) throw new RangeError('analyse: expected rows, got none');
  const heights = counts(rows.map((r) => r.height));
  const widths = counts(rows.map((r) => r.width));
  const lengths = counts(rows.map((r) => [...r.label].length));
  const letters = new Map<string, number>();
  for (const { label } of rows) for (const c of label) letters.set(c, (letters.get(c) ?? 0) + 1);
  return {
    images: rows.length,
    heights,
    widths,
    lengths,
    percentiles: PERCENTS.map((p) => ({
      percent: p,
      height: percentile(heights, p),
      width: percentile(widths, p),
    })),
    commonest: [...lengths].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, 5),
    withDigits: rows.filter((r) => /\d/.test(r.label)).length,
    uniqueLabels: new Set(rows.map((r) => r.label)).size,
    letters: [...letters].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)),
    recommended: recommend(rows, heights),
  };
}

function recommend(rows: readonly SizedLabel[], heights: Counts): Recommendation {
  const height = Math.max(16, 16 * Math.ceil(percentile(heights, 90) / 16));
  const scaled = percentile(counts(rows.map((r) => Math.round((r.width * height) / r.height))), 90);
  const steps = rows.reduce((most, r) => Math.max(most, stepsNeeded(r.label)), 0);
  const least = COLUMNS_A_STEP * (steps + DROPPED);
  return { height, width: Math.max(2 * Math.ceil(scaled / 2), least), stepsNeeded: steps };
}
