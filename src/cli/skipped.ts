import { FormatError } from '../gpu/index.ts';
import type { SkippedRow } from '../train/data/index.ts';
import type { Io } from './io.ts';

/** Rows of a kind that are written one by one; the rest is counted. */
const SHOWN = 20;

/** How many rows of each kind there are, the commonest first. */
export function countKinds(skipped: readonly SkippedRow[]): [SkippedRow['kind'], number][] {
  const counts = new Map<SkippedRow['kind'], number>();
  for (const { kind } of skipped) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]);
}

/** Says each row that is left out with its line, up to 20 of a kind, and then how many there are. */
export function reportSkipped(list: string, skipped: readonly SkippedRow[], io: Pick<Io, 'err'>): void {
  const shown = new Map<string, number>();
  for (const s of skipped) {
    const n = (shown.get(s.kind) ?? 0) + 1;
    shown.set(s.kind, n);
    if (n <= SHOWN) io.err(`skipped line ${s.line}: ${s.reason}\n`);
  }
  for (const [kind, n] of countKinds(skipped)) io.err(`${list}: ${n} left out: ${kind}\n`);
}

/** @throws FormatError where any row is left out */
export function checkStrict(list: string, skipped: readonly SkippedRow[]): void {
  const [first] = skipped;
  if (!first) return;
  const kinds = countKinds(skipped).map(([kind, n]) => `${n} ${kind}`);
  throw new FormatError(
    `${list}: expected every row to be usable, got ${skipped.length} that are not (${kinds.join(', ')}); line ${first.line}: ${first.reason}`,
    { hint: 'Mend the list, or leave --strict out to go on without them.' },
  );
}
