import type { Group } from '../train/index.ts';
import { type Assessment, letterName, mistakes } from './eval-score.ts';
import {
  type Axis,
  barChart,
  charts,
  type Fragment,
  html,
  lineChart,
  matrix,
  percent,
  type Section,
  table,
} from './html/index.ts';

const exact = (v: number) => percent(v, 2);
const share = (label: string): Axis => ({ label, min: 0, format: (v) => percent(v, 0), exact: (v) => percent(v, 1) });
const whole = (v: number) => v.toLocaleString('en');

/** Pairs of letters in the table of mistakes. */
const MISTAKES = 20;

export function mismatchSection(models: readonly Assessment[]): Section {
  return {
    title: 'Mismatches',
    body: charts(
      barChart({
        title: 'Pictures by mismatched letters',
        note: 'Positions that differ within the shorter of reading and label; where nothing was read, none do.',
        categories: models[0].mismatches.map((_, i) => String(i)),
        xLabel: 'mismatches',
        y: { ...share('share of pictures'), max: 1 },
        series: models.map((m) => ({ name: m.name, values: m.mismatches })),
      }),
      table(
        [{ title: 'mismatches' }, ...models.map((m) => ({ title: m.name, numeric: true }))],
        models[0].mismatches.map((_, i) => [String(i), ...models.map((m) => exact(m.mismatches[i]))]),
      ),
    ),
  };
}

/** Accuracy by length, case and contrast; a part with one group alone says nothing that the scores do not. */
export function groupSections(models: readonly Assessment[]): Section[] {
  const parts: [title: string, of: (a: Assessment) => readonly Group[], x: string, note: string][] = [
    ['By word length', (a) => a.byLength, 'letters', 'Letters of the label.'],
    ['By case', (a) => a.byCase, 'case', 'How the word is written in the list or in the name of its file.'],
    [
      'By contrast',
      (a) => a.byContrast,
      'grey levels',
      'The 95th minus the 5th percentile of the grey levels of a picture, of 255.',
    ],
  ];
  const shown = parts.filter(([, of]) => of(models[0]).length > 1);
  return shown.map(([title, of, xLabel, note]) => groupSection(title, models, of, xLabel, note));
}

function groupSection(
  title: string,
  models: readonly Assessment[],
  of: (a: Assessment) => readonly Group[],
  xLabel: string,
  note: string,
): Section {
  // Two models see a picture at two sizes, which may put it on either side of a bound.
  const names = [...new Set(models.flatMap((m) => of(m).map((g) => g.name)))];
  const find = (a: Assessment, name: string) => of(a).find((g) => g.name === name);
  const accuracy = (g: Group | undefined) => (g ? g.right / g.count : Number.NaN);
  const said = (g: Group | undefined): Fragment =>
    g ? html`${exact(accuracy(g))} <span class="soft">of ${whole(g.count)}</span>` : '';
  return {
    title,
    body: charts(
      barChart({
        title: `Words right ${title.toLowerCase()}`,
        note,
        categories: names,
        xLabel,
        y: { ...share('share of words'), max: 1 },
        series: models.map((m) => ({ name: m.name, values: names.map((name) => accuracy(find(m, name))) })),
      }),
      table(
        [{ title: xLabel }, ...models.map((m) => ({ title: m.name, numeric: true }))],
        names.map((name) => [name, ...models.map((m) => said(find(m, name)))]),
      ),
    ),
  };
}

export function confidenceSection(models: readonly Assessment[]): Section {
  const bins = models[0].bins;
  const name = (i: number) => `${percent(bins[i].from, 0).replace(' %', '')} to ${percent(bins[i].to, 0)}`;
  const diagonal = { name: 'as right as sure', points: [[0, 0] as const, [1, 1] as const], colour: 5, dots: false };
  return {
    title: 'Confidence',
    intro: `Expected calibration error over ten bins: ${models.map((m) => `${m.ece.toFixed(4)}${models.length > 1 ? ` (${m.name})` : ''}`).join(', ')}.`,
    body: html`${charts(
      lineChart({
        title: 'Reliability',
        note: 'Share of words right among readings of like confidence; above the diagonal the model is too modest, below it too sure.',
        x: { ...share('mean confidence of the bin'), max: 1 },
        y: { ...share('words right'), max: 1 },
        series: [
          diagonal,
          ...models.map((m, i) => ({
            name: m.name,
            points: m.bins.filter((b) => b.count > 0).map((b) => [b.confidence, b.accuracy] as const),
            colour: i,
          })),
        ],
      }),
      barChart({
        title: 'Readings by confidence',
        categories: bins.map((_, i) => name(i)),
        xLabel: 'confidence',
        y: share('share of readings'),
        series: models.map((m) => ({ name: m.name, values: m.bins.map((b) => b.count / Math.max(1, m.count)) })),
      }),
    )}${table(
      [
        { title: 'confidence' },
        ...models.flatMap((m) => [
          { title: models.length > 1 ? `${m.name}: readings` : 'readings', numeric: true },
          { title: 'mean', numeric: true },
          { title: 'right', numeric: true },
        ]),
      ],
      bins.map((_, i) => [
        name(i),
        ...models.flatMap(({ bins: b }) => [
          whole(b[i].count),
          ...(b[i].count > 0 ? [exact(b[i].confidence), exact(b[i].accuracy)] : ['', '']),
        ]),
      ]),
    )}`,
  };
}

export function confusionSection(models: readonly Assessment[]): Section {
  return {
    title: 'Letters',
    intro:
      'Each reading is aligned with its label by the fewest edits. ∅ stands for no letter: across, one that was missed; down, one that is not there.',
    body: charts(
      ...models.map((m) => {
        const names = m.confusion.letters.map((l) => (l === '' ? '∅' : l));
        return matrix({
          title: models.length > 1 ? `Confusion of letters: ${m.name}` : 'Confusion of letters',
          names,
          counts: m.confusion.counts,
          rowLabel: 'label',
          columnLabel: 'read as',
          say: (row, column) => `${row} read as ${column}`,
        });
      }),
      ...models.map((m) =>
        table(
          [{ title: 'label' }, { title: 'read as' }, { title: 'times', numeric: true }],
          mistakes(m.confusion, MISTAKES).map((x) => [letterName(x.label), letterName(x.read), whole(x.count)]),
          models.length > 1 ? `Commonest mistakes: ${m.name}` : 'Commonest mistakes',
        ),
      ),
    ),
  };
}
