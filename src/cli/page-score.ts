import { distance } from 'fastest-levenshtein';
import type { PageLine } from '../ocr/index.ts';

type Point = readonly [x: number, y: number];

/** A line of a page as it should be read. */
export interface TrueLine {
  readonly text: string;
  /** The ends of its middle, and how high it is, in pixels. */
  readonly from: Point;
  readonly to: Point;
  readonly height: number;
}

/** A line as it was read. */
export type FoundLine = Pick<PageLine, 'corners'> & { readonly text: string };

/** Counts of one page, or of several added up. */
export interface PageScore {
  readonly lines: number;
  /** Lines that were found in one piece, over at least 80 % of their length. */
  readonly found: number;
  /** Neighbours in reading order of which both were found, and how many of these came in that order. */
  readonly pairs: number;
  readonly inOrder: number;
  /** Lines read that are nowhere on the page. */
  readonly spurious: number;
  readonly characters: number;
  /** Edits from what was read to the lines' texts; a line not found costs all its characters, a spurious one all of its own. */
  readonly edits: number;
  /** Lines read without a mistake. */
  readonly exact: number;
}

const WHOLE = 0.8;

/** How much of a true line's length a found one covers where it runs through it; 0 elsewhere. */
function cover(line: TrueLine, { corners }: FoundLine): number {
  const [[x0, y0], [x1, y1], , [, y3]] = corners;
  const [[a, b], [c, d]] = [line.from, line.to];
  const [left, right] = [Math.max(x0, a), Math.min(x1, c)];
  if (right <= left) return 0;
  const x = (left + right) / 2;
  const along = (from: number, to: number, start: number, end: number) =>
    start + ((end - start) * (x - from)) / Math.max(1, to - from);
  const off = Math.abs(along(x0, x1, y0, y1) + (y3 - y0) / 2 - along(a, c, b, d));
  return off < 0.5 * Math.max(line.height, y3 - y0) ? (right - left) / Math.max(1, c - a) : 0;
}

/** Compares what was read on a page with what is there: lines by place, texts by edit distance. */
export function scorePage(truth: readonly TrueLine[], read: readonly FoundLine[]): PageScore {
  const own: number[][] = truth.map(() => []);
  const covered = truth.map(() => 0);
  let spurious = 0;
  let edits = 0;
  read.forEach((line, i) => {
    const covers = truth.map((t) => cover(t, line));
    const best = covers.indexOf(Math.max(0, ...covers));
    if (best < 0 || covers[best] === 0) {
      spurious++;
      edits += [...line.text].length;
      return;
    }
    own[best].push(i);
    covered[best] += covers[best];
  });
  const found = truth.map((_, k) => own[k].length === 1 && covered[k] >= WHOLE);
  let [pairs, inOrder, characters, exact] = [0, 0, 0, 0];
  truth.forEach(({ text }, k) => {
    const got = own[k].map((i) => read[i].text).join(' ');
    characters += [...text].length;
    edits += distance(got, text);
    if (got === text) exact++;
    if (k === 0 || !found[k] || !found[k - 1]) return;
    pairs++;
    if (own[k][0] > own[k - 1][0]) inOrder++;
  });
  return {
    lines: truth.length,
    found: found.filter(Boolean).length,
    pairs,
    inOrder,
    spurious,
    characters,
    edits,
    exact,
  };
}

/** The scores of several pages as one. */
export function addScores(scores: readonly PageScore[]): PageScore {
  const sum = (key: keyof PageScore): number => scores.reduce((total, s) => total + s[key], 0);
  return {
    lines: sum('lines'),
    found: sum('found'),
    pairs: sum('pairs'),
    inOrder: sum('inOrder'),
    spurious: sum('spurious'),
    characters: sum('characters'),
    edits: sum('edits'),
    exact: sum('exact'),
  };
}
