import type { Ink } from './binarise.ts';
import type { Component } from './components.ts';

/** Letters in a row with no wide gap, in straightened coordinates (see `straighten`). */
export interface Fragment {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
  /** Its components, marks and dots included, from left to right. */
  parts: Component[];
}

/** What the components of a page are, judged by their size. */
export interface Sorted {
  /** Height of the page's usual letters in pixels. */
  readonly size: number;
  /** Letters, and words whose letters touch. */
  readonly letters: Component[];
  /** Dots, commas, hyphens; specks of noise are left out where they are smaller still. */
  readonly marks: Component[];
  /** Dark areas that may hold light text, and the component that each is part of. */
  readonly bars: { readonly bar: Component; readonly of: Component }[];
}

const w = (c: Component) => c.x1 - c.x0;
const h = (c: Component) => c.y1 - c.y0;
/** Share of its box that is ink. */
export const fill = (c: Component) => c.area / (w(c) * h(c));

/** The median height of what may be letters, weighted by that height, so that specks count little. */
function letterSize(all: readonly Component[], height: number): number {
  const likely = all
    .filter((c) => h(c) >= 4 && h(c) <= Math.max(40, height / 3) && w(c) <= 12 * h(c) && h(c) <= 12 * w(c))
    .sort((a, b) => h(a) - h(b));
  const half = likely.reduce((sum, c) => sum + h(c), 0) / 2;
  let seen = 0;
  for (const c of likely) {
    seen += h(c);
    if (seen >= half) return h(c);
  }
  return 0;
}

/** Rows of a bar are at least this dark, its text left out. */
const BAR_FILL = 0.6;

/** The bands of a component whose rows are mostly ink: a dark heading may hang together with the grid of its table. */
function bandsIn(c: Component, ink: Ink, least: number): Component[] {
  const bands: Component[] = [];
  let from = -1;
  let area = 0;
  for (let y = c.y0; y <= c.y1; y++) {
    let dark = 0;
    if (y < c.y1) for (let x = c.x0; x < c.x1; x++) dark += ink.mask[y * ink.width + x];
    if (dark >= BAR_FILL * w(c)) {
      if (from < 0) from = y;
      area += dark;
      continue;
    }
    if (from >= 0 && y - from >= least) bands.push({ x0: c.x0, x1: c.x1, y0: from, y1: y, area });
    from = -1;
    area = 0;
  }
  return bands;
}

/** Sorts a page's components; rules, frames, pictures and specks fall out. */
export function sortComponents(all: readonly Component[], ink: Ink): Sorted {
  const { height } = ink;
  const size = letterSize(all, height);
  const letters: Component[] = [];
  const marks: Component[] = [];
  const bars: Sorted['bars'] = [];
  const wide: Component[] = [];
  const speck = Math.max(3, (size / 12) ** 2);
  for (const c of all) {
    if (size === 0 || c.area < speck) continue;
    const rule = w(c) > 12 * h(c) ? h(c) < 0.6 * size : h(c) > 12 * w(c) && h(c) > 3 * size;
    if (rule) continue;
    const bands = w(c) > 5 * size && h(c) > 1.3 * size ? bandsIn(c, ink, 1.3 * size) : [];
    if (bands.length > 0) bars.push(...bands.map((bar) => ({ bar, of: c })));
    else if (h(c) >= 0.5 * size && h(c) <= 8 * size) (w(c) > 4 * size || h(c) > 4 * size ? wide : letters).push(c);
    else if (h(c) < 0.5 * size && w(c) <= 2 * size) marks.push(c);
  }
  // A wide component around letters is the frame of a table or of a box, or a line under them; one without is a word in one stroke.
  for (const c of wide) {
    const holds = letters.some((l) => l.x0 > c.x0 && l.x1 < c.x1 && l.y0 > c.y0 && l.y1 < c.y1);
    if (!(holds && fill(c) < 0.35) && fill(c) > 0.03) letters.push(c);
  }
  return { size, letters, marks, bars };
}

/** Components as they would lie on a straight page: each is moved by its centre, and loses what the slope adds to its height. */
export function straighten(all: readonly Component[], slope: number): Component[] {
  if (slope === 0) return all.map((c) => ({ ...c }));
  return all.map((c) => {
    const shift = ((c.x0 + c.x1) / 2) * slope;
    const excess = Math.min(0.4 * h(c), (w(c) * Math.abs(slope)) / 2);
    return { ...c, y0: c.y0 - shift + excess, y1: c.y1 - shift - excess };
  });
}

/** Gap within a fragment over the height of the taller neighbour: word gaps of body text are a third of it, gutters more. */
const WIDEST_GAP = 1.1;
/** Neighbours differ in height at most by this: from a small letter to a bracket. */
const MOST_RATIO = 2.6;

/** Joins letters that stand side by side, and gives each fragment the marks near it. */
export function fragmentsOf({ letters, marks, size }: Pick<Sorted, 'letters' | 'marks' | 'size'>): Fragment[] {
  const sorted = [...letters].sort((a, b) => a.x0 - b.x0);
  const parent = sorted.map((_, i) => i);
  const root = (i: number): number => {
    let r = i;
    while (parent[r] !== r) {
      parent[r] = parent[parent[r]];
      r = parent[r];
    }
    return r;
  };
  const tallest = Math.max(0, ...sorted.map(h));
  const widest = Math.max(0, ...sorted.map(w));
  sorted.forEach((a, i) => {
    const reach = a.x1 + WIDEST_GAP * Math.max(tallest, size);
    for (let j = i + 1; j < sorted.length && sorted[j].x0 <= reach; j++) {
      const b = sorted[j];
      const taller = Math.max(h(a), h(b));
      const shorter = Math.min(h(a), h(b));
      if (b.x0 - a.x1 > WIDEST_GAP * Math.max(taller, 0.8 * size) || taller > MOST_RATIO * shorter) continue;
      const overlap = Math.min(a.y1, b.y1) - Math.max(a.y0, b.y0);
      if (overlap >= 0.5 * shorter) parent[root(j)] = root(i);
    }
  });
  const groups = new Map<number, Component[]>();
  sorted.forEach((c, i) => {
    const r = root(i);
    groups.set(r, [...(groups.get(r) ?? []), c]);
  });
  const fragments = absorb([...groups.values()].map(bounds));
  attach(fragments, marks, widest);
  for (const f of fragments) f.parts.sort((a, b) => a.x0 - b.x0);
  return fragments.filter(legible);
}

export function bounds(parts: Component[]): Fragment {
  const f = { x0: Infinity, y0: Infinity, x1: -Infinity, y1: -Infinity, parts };
  for (const c of parts) grow(f, c);
  return f;
}

function grow(f: Fragment, c: Component): void {
  f.x0 = Math.min(f.x0, c.x0);
  f.y0 = Math.min(f.y0, c.y0);
  f.x1 = Math.max(f.x1, c.x1);
  f.y1 = Math.max(f.y1, c.y1);
}

/** A piece this much lower than a line, at its foot or head, is a comma or a quote of large type: part of it, little as they overlap. */
const SMALL = 0.65;

/** Whether a mark with this middle can be a line's: commas reach below it, quotes above. */
function beside(y: number, line: Fragment): boolean {
  const high = line.y1 - line.y0;
  return y >= line.y0 - 0.3 * high && y <= line.y1 + 0.25 * high;
}

/** Pieces that lie within another fragment, or beside it on its own height, belong to it: parts of letters, brackets, quotes. */
function absorb(fragments: Fragment[]): Fragment[] {
  const bySize = [...fragments].sort((a, b) => (b.x1 - b.x0) * (b.y1 - b.y0) - (a.x1 - a.x0) * (a.y1 - a.y0));
  const kept: Fragment[] = [];
  for (const f of bySize) {
    const tall = f.y1 - f.y0;
    const middle = (f.y0 + f.y1) / 2;
    const homes = kept.filter((k) => {
      const high = k.y1 - k.y0;
      const overlap = Math.min(f.y1, k.y1) - Math.max(f.y0, k.y0);
      const gap = Math.max(f.x0 - k.x1, k.x0 - f.x1);
      if (f.parts.length > 2 || gap >= 0.6 * high || tall >= 1.5 * high) return false;
      return overlap > 0.7 * Math.min(tall, high) || (tall < SMALL * high && beside(middle, k));
    });
    const away = (k: Fragment) => Math.abs(middle - (k.y0 + k.y1) / 2);
    const home = homes.length === 0 ? undefined : homes.reduce((x, y) => (away(y) < away(x) ? y : x));
    if (!home) kept.push(f);
    else {
      home.parts.push(...f.parts);
      for (const c of f.parts) grow(home, c);
    }
  }
  return kept;
}

/** Passes in which marks may find a fragment that has grown towards them: small letters beside large ones count as marks at first. */
const PASSES = 5;

/** Gives marks to the fragment beside or around which they stand. */
function attach(fragments: Fragment[], marks: readonly Component[], widest: number): void {
  const sorted = [...fragments].sort((a, b) => a.x0 - b.x0);
  let left = marks;
  for (let pass = 0; pass < PASSES && left.length > 0; pass++) {
    const homes = left.map((m) => homeOf(m, sorted, widest));
    left.forEach((m, i) => {
      const home = homes[i];
      if (!home) return;
      home.parts.push(m);
      grow(home, m);
    });
    const waiting = left.filter((_, i) => !homes[i]);
    if (waiting.length === left.length) break;
    left = waiting;
  }
}

/** The nearest of the fragments (by x) at whose side, in whose height, a mark stands. */
function homeOf(m: Component, sorted: readonly Fragment[], widest: number): Fragment | undefined {
  const x = (m.x0 + m.x1) / 2;
  const y = (m.y0 + m.y1) / 2;
  let best: Fragment | undefined;
  let least = Infinity;
  for (const f of sorted) {
    const high = f.y1 - f.y0;
    // Sorted as they were before they grew: by a little more than the widest letter at most.
    if (f.x0 > x + 4 * widest + high) break;
    if (!beside(y, f)) continue;
    const gap = Math.max(0, f.x0 - m.x1, m.x0 - f.x1);
    const away = gap + Math.abs(y - (f.y0 + f.y1) / 2);
    if (gap <= 0.6 * high && away < least) {
      least = away;
      best = f;
    }
  }
  return best;
}

/** Leaves out what is alone and no letter: solid blocks and flat strokes. */
function legible(f: Fragment): boolean {
  if (f.parts.length > 1) return true;
  const [c] = f.parts;
  return !(fill(c) > 0.92 && w(c) > 1.2 * h(c)) && w(c) < 12 * h(c);
}
