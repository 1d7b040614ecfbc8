import type { FittedInput } from './fit.ts';

/** Columns of an input that go through the network at once. */
export interface Piece {
  readonly input: FittedInput;
  /** Which input it is of. */
  readonly of: number;
  /** Its first column, and how many there are. */
  readonly from: number;
  readonly columns: number;
}

/** What the network gives for a piece: logits [steps of the piece, classes]. */
export interface Part {
  readonly piece: Piece;
  readonly logits: Float32Array;
}

/** Pieces that share a recorded step of this width and batch. */
export interface Launch {
  readonly width: number;
  readonly batch: number;
  readonly pieces: readonly Piece[];
}

/**
 * Pieces grouped by the width of their recorded step, narrow ones first, in batches.
 * @param together whether so many pieces of a width share a batch; else they go one by one
 */
export function grouped(
  pieces: readonly Piece[],
  batch: number,
  recorded: (columns: number) => number,
  together: (count: number, width: number) => boolean,
): Launch[] {
  const byWidth = new Map<number, Piece[]>();
  for (const p of pieces) {
    const width = recorded(p.columns);
    byWidth.set(width, [...(byWidth.get(width) ?? []), p]);
  }
  const launches: Launch[] = [];
  for (const [width, group] of [...byWidth].sort(([a], [b]) => a - b))
    for (let at = 0; at < group.length; at += batch) {
      const some = group.slice(at, at + batch);
      if (some.length > 1 && together(some.length, width)) launches.push({ width, batch, pieces: some });
      else launches.push(...some.map((p) => ({ width, batch: 1, pieces: [p] })));
    }
  return launches;
}

/** How words go through the network: those of the usual width in full batches, longer ones one by one. */
export function wordLaunches(inputs: readonly FittedInput[], usual: number, batch: number): Launch[] {
  const pieces = inputs.map((input, of) => ({ input, of, from: 0, columns: input.width }));
  return grouped(
    pieces,
    batch,
    (columns) => columns,
    (_, width) => width === usual,
  );
}
