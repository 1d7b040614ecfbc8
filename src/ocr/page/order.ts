import { bounds, type Fragment } from './group.ts';

/** A column of prose has at least this many rows, of unbroken text this many heights long; less is a table's column. */
const PROSE_ROWS = 3;
const PROSE_WIDTH = 10;
/** Least gutter between columns, over the height of a row. */
const GUTTER = 0.8;

interface Span {
  readonly from: number;
  readonly to: number;
}

const tall = (f: Fragment) => f.y1 - f.y0;
const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/**
 * Lines in reading order: bands that share a gutter, with prose on both sides of it, are columns and are read one after the other;
 * elsewhere fragments on one height are one line, as the cells of a table's row are.
 */
export function linesInOrder(fragments: readonly Fragment[]): Fragment[] {
  if (fragments.length === 0) return [];
  const size = median(fragments.map(tall));
  const out: Fragment[] = [];
  for (const block of blocks(bandsOf(fragments), GUTTER * size)) {
    const sides = block.gutter && split(block.fragments, block.gutter);
    if (sides) out.push(...linesInOrder(sides[0]), ...linesInOrder(sides[1]));
    else out.push(...rows(block.fragments));
  }
  return out;
}

/** Fragments that overlap in height, directly or through others, from top to bottom. */
function bandsOf(fragments: readonly Fragment[]): Fragment[][] {
  const bands: Fragment[][] = [];
  let end = -Infinity;
  for (const f of [...fragments].sort((a, b) => a.y0 - b.y0)) {
    // Descenders reach into the next row: a little overlap does not join.
    if (f.y0 + 0.25 * tall(f) < end) bands[bands.length - 1].push(f);
    else bands.push([f]);
    end = Math.max(end, f.y1 - 0.1 * tall(f));
  }
  return bands;
}

/** Where no fragment of a band stands, ends included. */
function gaps(band: readonly Fragment[]): Span[] {
  const out: Span[] = [];
  let at = -Infinity;
  for (const f of [...band].sort((a, b) => a.x0 - b.x0)) {
    if (f.x0 > at) out.push({ from: at, to: f.x0 });
    at = Math.max(at, f.x1);
  }
  out.push({ from: at, to: Infinity });
  return out;
}

function common(a: readonly Span[], b: readonly Span[], least: number): Span[] {
  const out: Span[] = [];
  for (const p of a)
    for (const q of b) {
      const from = Math.max(p.from, q.from);
      const to = Math.min(p.to, q.to);
      if (to - from >= least) out.push({ from, to });
    }
  return out;
}

interface Block {
  fragments: Fragment[];
  gutter?: Span;
}

/** Groups bands from top to bottom as long as one gutter goes through them with columns on both sides. */
function blocks(bands: readonly Fragment[][], least: number): Block[] {
  const out: Block[] = [];
  let plain: Fragment[] = [];
  for (let i = 0; i < bands.length; ) {
    let free = gaps(bands[i]);
    let best: { end: number; gutter: Span } | undefined;
    const taken = [...bands[i]];
    for (let j = i; j < bands.length; j++) {
      if (j > i) {
        free = common(free, gaps(bands[j]), least);
        taken.push(...bands[j]);
      }
      if (free.length === 0) break;
      const inner = free
        .filter((s) => Number.isFinite(s.from) && Number.isFinite(s.to) && split(taken, s))
        .sort((a, b) => b.to - b.from - (a.to - a.from));
      if (inner.length > 0) best = { end: j + 1, gutter: inner[0] };
    }
    if (best) {
      if (plain.length > 0) out.push({ fragments: plain });
      plain = [];
      out.push({ fragments: bands.slice(i, best.end).flat(), gutter: best.gutter });
      i = best.end;
    } else plain.push(...bands[i++]);
  }
  if (plain.length > 0) out.push({ fragments: plain });
  return out;
}

/** The two sides of a gutter, or undefined unless both read as prose. */
function split(fragments: readonly Fragment[], gutter: Span): [Fragment[], Fragment[]] | undefined {
  const middle = (gutter.from + gutter.to) / 2;
  const left = fragments.filter((f) => f.x1 <= middle);
  const right = fragments.filter((f) => f.x0 >= middle);
  return isProse(left) && isProse(right) ? [left, right] : undefined;
}

function isProse(side: readonly Fragment[]): boolean {
  if (rows(side).length < PROSE_ROWS) return false;
  return median(side.map((f) => f.x1 - f.x0)) >= PROSE_WIDTH * median(side.map(tall));
}

/** Fragments on one height joined into lines, from top to bottom. */
function rows(fragments: readonly Fragment[]): Fragment[] {
  const lines: Fragment[][] = [];
  for (const f of [...fragments].sort((a, b) => a.y0 + a.y1 - b.y0 - b.y1)) {
    const home = lines.find((line) =>
      line.every((other) => {
        const overlap = Math.min(f.y1, other.y1) - Math.max(f.y0, other.y0);
        const apart = f.x0 >= other.x1 || f.x1 <= other.x0;
        return apart && overlap > 0.5 * Math.min(tall(f), tall(other));
      }),
    );
    if (home) home.push(f);
    else lines.push([f]);
  }
  return lines
    .map((line) => bounds(line.flatMap((f) => f.parts).sort((a, b) => a.x0 - b.x0)))
    .sort((a, b) => a.y0 + a.y1 - b.y0 - b.y1);
}
