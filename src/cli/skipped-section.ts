import type { SkippedRow } from '../train/data/index.ts';
import { html, type Section, table } from './html/index.ts';
import { countKinds } from './skipped.ts';

/** Rows of the table of what is left out; the rest is counted. */
const SHOWN = 100;

/** What a report says of the rows that were left out. */
export function skippedSection(skipped: readonly SkippedRow[]): Section {
  if (skipped.length === 0) return { title: 'Left out', body: html`<p>Nothing is left out.</p>` };
  const shown = skipped.slice(0, SHOWN);
  const kinds = countKinds(skipped).map(([kind, n]) => `${kind}: ${n.toLocaleString('en')}`);
  const first = shown.length < skipped.length ? ` The first ${SHOWN} of ${skipped.length.toLocaleString('en')}:` : '';
  return {
    title: 'Left out',
    intro: `${kinds.join(', ')}.${first}`,
    body: table(
      [{ title: 'line', numeric: true }, { title: 'kind' }, { title: 'reason' }],
      shown.map((s) => [s.line, s.kind, s.reason]),
    ),
  };
}
