/** What only line models need, loaded with the first of them: widths, windows, padding. */
import { fitLine } from '../nn/index.ts';
import { type FittedInput, normalised } from './fit.ts';
import type { GreyImage } from './image/index.ts';
import { grouped, type Launch, type Part, type Piece } from './launches.ts';
import type { ModelInfo } from './model.ts';

/** The widths that lines are recorded at: each costs a recording, and rounding up to one at most half as much again of the work. */
const WIDTHS = [128, 192, 256, 384, 512, 768, 1024] as const;
/** A longer line goes through the network in windows of this many pixels, the longest that line models are trained on. */
const WINDOW = 1024;
/** Windows share at least about this many pixels; each reads up to the middle of what it shares. */
const OVERLAP = 160;
/** Windows begin at multiples of this, so that their time steps fall together. */
const GRID = 32;
/** Widest input, some 1,000 letters: a longer picture is no line. */
const WIDEST = 16_384;

/** Scales a picture of a line to the model's height; it keeps its aspect. */
export function lineInput(image: GreyImage, info: ModelInfo): FittedInput {
  const { grey, width, filled } = fitLine(image.grey, image.width, image.height, info.height, WIDEST);
  return { ...normalised(grey, width, info), filled };
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

/** How lines go through the network: in batches by recorded width; those that would leave most of one empty go one by one. */
export function lineLaunches(inputs: readonly FittedInput[], batch: number): Launch[] {
  const pieces = inputs.flatMap((input, of) => windowsOf(input.width).map((w) => ({ input, of, ...w })));
  return grouped(
    pieces,
    batch,
    (columns) => WIDTHS.find((w) => w >= columns) ?? columns,
    (count) => 4 * count > batch,
  );
}

/** [T, N] flags: 1 past the end of each piece. */
export function paddedFlags(
  [T, N]: readonly number[],
  pieces: readonly Piece[],
  timeSteps: (width: number) => number,
): Float32Array {
  const flags = new Float32Array(T * N);
  pieces.forEach(({ columns }, i) => {
    for (let t = timeSteps(columns); t < T; t++) flags[t * N + i] = 1;
  });
  return flags;
}

/** The logits of a line from those of its windows: each gives the steps up to the seam with the next. */
export function joined(parts: readonly Part[], classes: number, timeSteps: (width: number) => number): Float32Array {
  const ordered = [...parts].sort((a, b) => a.piece.from - b.piece.from);
  const steps = timeSteps(ordered[0].piece.input.width);
  const logits = new Float32Array(steps * classes);
  ordered.forEach((part, i) => {
    const start = timeSteps(part.piece.from);
    const first = i === 0 ? 0 : timeSteps(seam(ordered[i - 1].piece, part.piece));
    const last = i === ordered.length - 1 ? steps : timeSteps(seam(part.piece, ordered[i + 1].piece));
    logits.set(part.logits.subarray((first - start) * classes, (last - start) * classes), first * classes);
  });
  return logits;
}
