import type { FittedInput } from './fit.ts';
import type { ModelInfo } from './model.ts';

/** The widths that lines are recorded at: each costs a recording, and rounding up to one at most half as much again of the work. */
const WIDTHS = [128, 192, 256, 384, 512, 768, 1024] as const;
/** A longer line goes through the network in windows of this many pixels, the longest that line models are trained on. */
const WINDOW = 1024;
/** Windows share at least this many pixels; each reads up to the middle of what it shares. */
const OVERLAP = 160;
/** Windows begin at multiples of this, so that their time steps fall together. */
const GRID = 32;

/** Columns of an input that go through the network at once. */
export interface Piece {
  readonly input: FittedInput;
  /** Which input it is of. */
  readonly of: number;
  /** Its first column, and how many there are. */
  readonly from: number;
  readonly columns: number;
}

/** Pieces that share a recorded step of this width and batch. */
export interface Launch {
  readonly width: number;
  readonly batch: number;
  readonly pieces: readonly Piece[];
}

/** The windows of a line `width` columns wide, a multiple of 32: one, or several of one size, evenly spread. */
export function windowsOf(width: number): { from: number; columns: number }[] {
  if (width <= WINDOW) return [{ from: 0, columns: width }];
  const count = Math.ceil((width - OVERLAP) / (WINDOW - OVERLAP));
  return Array.from({ length: count }, (_, i) => ({
    from: Math.round(((width - WINDOW) * i) / (count - 1) / GRID) * GRID,
    columns: WINDOW,
  }));
}

/** The column at which one window's reading ends and the next one's begins. */
export function seam(left: { from: number; columns: number }, right: { from: number }): number {
  return Math.round((left.from + left.columns + right.from) / 2);
}

/** The recorded width for a line's columns. */
function recordedWidth(columns: number): number {
  return WIDTHS.find((w) => w >= columns) ?? columns;
}

/**
 * How inputs go through the network with few recordings. Words of the usual width share full batches and others go one by one; lines
 * share batches by width, those that would leave most of one empty go one by one.
 */
export function launchesOf(inputs: readonly FittedInput[], info: ModelInfo, batch: number): Launch[] {
  const line = info.reads === 'line';
  const pieces = inputs.flatMap((input, of): Piece[] =>
    (line ? windowsOf(input.width) : [{ from: 0, columns: input.width }]).map((w) => ({ input, of, ...w })),
  );
  const byWidth = new Map<number, Piece[]>();
  for (const p of pieces) {
    const width = line ? recordedWidth(p.columns) : p.columns;
    const group = byWidth.get(width);
    if (group) group.push(p);
    else byWidth.set(width, [p]);
  }
  const launches: Launch[] = [];
  for (const [width, group] of [...byWidth].sort(([a], [b]) => a - b)) {
    for (let at = 0; at < group.length; at += batch) {
      const some = group.slice(at, at + batch);
      const together = some.length > 1 && (line ? 4 * some.length > batch : width === info.width);
      if (together) launches.push({ width, batch, pieces: some });
      else launches.push(...some.map((p) => ({ width, batch: 1, pieces: [p] })));
    }
  }
  return launches;
}
