import { percent } from './axis.ts';
import { type Fragment, type Html, html } from './html.ts';

export interface Matrix {
  readonly title: string;
  readonly note?: Fragment;
  /** Names of rows and columns alike. */
  readonly names: readonly string[];
  /** [names, names] counts. */
  readonly counts: readonly (readonly number[])[];
  readonly rowLabel: string;
  readonly columnLabel: string;
  /** What a row's counts are counts of, for tooltips: `37 of 412 B`. */
  readonly say: (row: string, column: string) => string;
}

const CELL = 27;
const LEFT = 40;
const TOP = 44;

/** A square of counts: on the diagonal the share of the row as a depth of the accent colour, off it the count on red. */
export function matrix(m: Matrix): Html {
  const size = m.names.length * CELL;
  const sums = m.counts.map((row) => row.reduce((a, b) => a + b, 0));
  const largest = Math.max(1, ...m.counts.flatMap((row, r) => row.filter((_, c) => r !== c)));
  const cells = m.counts.flatMap((row, r) =>
    row.flatMap((n, c) => {
      if (n === 0) return [];
      const share = n / Math.max(1, sums[r]);
      const strength = r === c ? 0.15 + 0.7 * share : 0.1 + 0.45 * Math.sqrt(n / largest);
      const tip = `${m.say(m.names[r], m.names[c])}: ${n.toLocaleString('en')} of ${sums[r].toLocaleString('en')} (${percent(share, 2)})`;
      const x = LEFT + (c + 0.5) * CELL;
      const y = TOP + (r + 0.5) * CELL + 4;
      return html`<g><title>${tip}</title><rect class="${r === c ? 'f0' : 'wrong'}" x="${LEFT + c * CELL}" y="${TOP + r * CELL}" width="${CELL}" height="${CELL}" fill-opacity="${strength.toFixed(2)}"/>${r !== c && html`<text class="cell" x="${x}" y="${y}" text-anchor="middle">${n}</text>`}</g>`;
    }),
  );
  const labels = m.names.map((name, i) => {
    const middle = (i + 0.5) * CELL;
    return html`<text x="${LEFT - 8}" y="${TOP + middle + 4}" text-anchor="end">${name}</text><text x="${LEFT + middle}" y="${TOP - 8}" text-anchor="middle">${name}</text>`;
  });
  const lines = Array.from({ length: m.names.length + 1 }, (_, i) => {
    const at = i * CELL;
    return html`<path class="grid" d="M${LEFT} ${TOP + at}H${LEFT + size}M${LEFT + at} ${TOP}V${TOP + size}"/>`;
  });
  return html`<figure class="wide matrix"><figcaption><h3>${m.title}</h3>${m.note && html`<p>${m.note}</p>`}</figcaption>
<div class="plot"><svg viewBox="0 0 ${LEFT + size + 8} ${TOP + size + 8}" role="img" aria-label="${m.title}">
${lines}${cells}${labels}<text x="2" y="12">${m.rowLabel}, down</text><text x="${LEFT + size}" y="12" text-anchor="end">${m.columnLabel}, across</text>
</svg></div>
</figure>
`;
}
