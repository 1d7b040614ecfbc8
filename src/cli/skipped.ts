import { FormatError } from '../gpu/index.ts';
import type { Remark, SkipKind, SkippedRow } from '../train/data/index.ts';
import type { Io } from './io.ts';

/** Rows of a kind that are written one by one; the rest is counted. */
const SHOWN = 20;

/** Rows left out that were counted and not kept, by kind: a file that is no list must not fill the memory. */
export type Unlisted = Readonly<Partial<Record<SkipKind, number>>>;

/** How many rows of each kind there are, the commonest first. */
export function countKinds(skipped: readonly SkippedRow[], unlisted: Unlisted = {}): [SkipKind, number][] {
  const counts = new Map(Object.entries(unlisted).filter(([, n]) => n > 0) as [SkipKind, number][]);
  for (const { kind } of skipped) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]);
}

/** How many rows are left out in all. */
export function countSkipped(skipped: readonly SkippedRow[], unlisted: Unlisted = {}): number {
  return Object.values(unlisted).reduce((sum, n) => sum + n, skipped.length);
}

/** Says each row that is left out with its line, up to 20 of a kind, and then how many there are. */
export function reportSkipped(
  list: string,
  skipped: readonly SkippedRow[],
  io: Pick<Io, 'err'>,
  unlisted: Unlisted = {},
): void {
  const shown = new Map<string, number>();
  for (const s of skipped) {
    const n = (shown.get(s.kind) ?? 0) + 1;
    shown.set(s.kind, n);
    if (n <= SHOWN) io.err(`skipped line ${s.line}: ${s.reason}\n`);
  }
  for (const [kind, n] of countKinds(skipped, unlisted)) io.err(`${list}: ${n} left out: ${kind}\n`);
}

/** Says what is unusual about a list and loses no row. */
export function reportRemarks(list: string, remarks: readonly Remark[], io: Pick<Io, 'err'>): void {
  for (const r of remarks) io.err(`${list}: ${r.kind} (first on line ${r.line}, ${r.count} in all)\n`);
}

/** @throws FormatError where any row is left out */
export function checkStrict(list: string, skipped: readonly SkippedRow[], unlisted: Unlisted = {}): void {
  const [first] = skipped;
  if (!first) return;
  const kinds = countKinds(skipped, unlisted).map(([kind, n]) => `${n} ${kind}`);
  throw new FormatError(
    `${list}: expected every row to be usable, got ${countSkipped(skipped, unlisted)} that are not (${kinds.join(', ')}); line ${first.line}: ${first.reason}`,
    { hint: 'Mend the list, or leave --strict out to go on without them.' },
  );
}
