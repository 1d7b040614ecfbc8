import { drawChart } from '../chart.ts';
import { drawGrey, element, make, percent } from '../page.ts';
import type { Look, Sample } from './finetune.ts';
import type { History } from './run.ts';

const loss = element('loss', SVGSVGElement);
const accuracy = element('accuracy', SVGSVGElement);
const readings = element('readings', HTMLTableSectionElement);
const curves = element('curves', HTMLElement);

/** Held-out pictures shown: more than one looks at. */
const MOST_ROWS = 12;

/** Shows the curves; they are drawn again when the width changes. */
export function showCurves(history: History, steps: number): void {
  curves.hidden = false;
  drawChart(loss, [{ name: 'CTC loss', points: history.losses, noisy: true }], {
    xMax: steps,
    xLabel: 'step',
    format: (v) => (v >= 10 ? v.toFixed(0) : v >= 1 ? v.toFixed(1) : String(Number(v.toPrecision(2)))),
  });
  const looks = (pick: (l: Look) => number) => history.looks.map((l) => [l.step, pick(l)] as const);
  drawChart(
    accuracy,
    [
      { name: 'letters right', tone: 'tone-2', points: looks((l) => Math.max(0, 1 - l.scores.cer)) },
      { name: 'words right', points: looks((l) => l.scores.wordAccuracy) },
    ],
    { xMax: steps, yMax: 1, xLabel: 'step', format: (v) => percent(v) },
  );
}

/** One row a held-out picture; those misread before training first. */
export function showReadings(held: readonly Sample[], { looks }: History): void {
  const [before] = looks;
  const now = looks.at(-1);
  if (!before || !now) return;
  const order = before.pairs
    .map((p, i) => ({ i, wrong: p.text !== p.label }))
    .sort((a, b) => Number(b.wrong) - Number(a.wrong))
    .slice(0, MOST_ROWS);
  const cell = ({ text, label }: { text: string; label: string }) => {
    const right = text === label;
    return make('td', { className: right ? 'right' : 'wrong' }, `${text || '(nothing)'} ${right ? '✓' : '✗'}`);
  };
  readings.replaceChildren(
    ...order.map(({ i }) => {
      const canvas = make('canvas');
      drawGrey(canvas, held[i].image);
      return make(
        'tr',
        {},
        make('td', {}, canvas),
        make('td', {}, held[i].label),
        cell(before.pairs[i]),
        cell(now.pairs[i]),
      );
    }),
  );
}

/** What training did, in a sentence. */
export function verdictOf({ looks }: History): string {
  const best = looks.findLast((l) => l.best);
  const [before] = looks;
  if (!before || !best) return '';
  const count = before.scores.count;
  const words = (l: Look) => `${Math.round(l.scores.wordAccuracy * count)} of ${count}`;
  if (best.step === 0) return `It read ${words(before)} held-out pictures right before, and no step made it better.`;
  return `It read ${words(before)} held-out pictures right before; now ${words(best)} (the weights of step ${best.step}).`;
}
