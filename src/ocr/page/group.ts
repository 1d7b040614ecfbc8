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
  /** Dark areas that may hold light text. */
  readonly bars: Component[];
}

const w = (c: Component) => c.x1 - c.x0;
const h = (c: Component) => c.y1 - c.y0;
const fill = (c: Component) => c.area / (w(c) * h(c));

/** The median height of what may be letters, each weighted by its box up to 64 x 64, so that specks and pictures count little. */
function letterSize(all: readonly Component[], height: number): number {
  const likely = all
    .filter((c) => h(c) >= 4 && h(c) <= Math.max(40, height / 3) && w(c) <= 12 * h(c) && h(c) <= 12 * w(c))
    .sort((a, b) => h(a) - h(b));
  const weight = (c: Component) => Math.min(4096, w(c) * h(c));
  const half = likely.reduce((sum, c) => sum + weight(c), 0) / 2;
  let seen = 0;
  for (const c of likely) {
    seen += weight(c);
    if (seen >= half) return h(c);
  }
  return 0;
}

/** Sorts a page's components; rules, frames, pictures and specks fall out. */
export function sortComponents(all: readonly Component[], height: number): Sorted {
  const size = letterSize(all, height);
  const letters: Component[] = [];
  const marks: Component[] = [];
  const bars: Component[] = [];
  const wide: Component[] = [];
  const speck = Math.max(3, (size / 12) ** 2);
  for (const c of all) {
    if (size === 0 || c.area < speck) continue;
    const rule = w(c) > 12 * h(c) ? h(c) < 0.6 * size : h(c) > 12 * w(c) && h(c) > 3 * size;
    if (rule) continue;
    if (fill(c) > 0.5 && w(c) > 3 * size && h(c) > 1.3 * size) bars.push(c);
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

/** Pieces that lie within another fragment, or beside it on its own height, belong to it: parts of letters, brackets, quotes. */
function absorb(fragments: Fragment[]): Fragment[] {
  const bySize = [...fragments].sort((a, b) => (b.x1 - b.x0) * (b.y1 - b.y0) - (a.x1 - a.x0) * (a.y1 - a.y0));
  const kept: Fragment[] = [];
  for (const f of bySize) {
    const tall = f.y1 - f.y0;
    const home = kept.find((k) => {
      const high = k.y1 - k.y0;
      const overlap = Math.min(f.y1, k.y1) - Math.max(f.y0, k.y0);
      const gap = Math.max(f.x0 - k.x1, k.x0 - f.x1);
      return f.parts.length <= 2 && gap < 0.6 * high && tall < 1.5 * high && overlap > 0.7 * Math.min(tall, high);
    });
    if (!home) kept.push(f);
    else {
      home.parts.push(...f.parts);
      for (const c of f.parts) grow(home, c);
    }
  }
  return kept;
}

/** Gives marks to the fragment beside or around which they stand. */
function attach(fragments: Fragment[], marks: readonly Component[], widest: number): void {
  const sorted = [...fragments].sort((a, b) => a.x0 - b.x0);
  const own = new Map(sorted.map((f) => [f, { x0: f.x0, y0: f.y0, x1: f.x1, y1: f.y1 }]));
  for (const m of marks) {
    const x = (m.x0 + m.x1) / 2;
    const y = (m.y0 + m.y1) / 2;
    let best: Fragment | undefined;
    let least = Infinity;
    for (const f of sorted) {
      const o = own.get(f) ?? f;
      const high = o.y1 - o.y0;
      if (o.x0 > x + 2 * widest + high) break;
      if (y < o.y0 - 0.3 * high || y > o.y1 + 0.25 * high) continue;
      const gap = Math.max(0, o.x0 - m.x1, m.x0 - o.x1);
      const away = gap + Math.abs(y - (o.y0 + o.y1) / 2);
      if (gap <= 0.6 * high && away < least) {
        least = away;
        best = f;
      }
    }
    if (!best) continue;
    best.parts.push(m);
    grow(best, m);
  }
}

/** Leaves out what is alone and no letter: solid blocks and flat strokes. */
function legible(f: Fragment): boolean {
  if (f.parts.length > 1) return true;
  const [c] = f.parts;
  return !(fill(c) > 0.92 && w(c) > 1.2 * h(c)) && w(c) < 12 * h(c);
}
