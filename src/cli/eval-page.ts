import type { SkippedRow } from '../train/data/index.ts';
import { type Comparison, worst } from '../train/index.ts';
import type { LoadedSet } from './dataset.ts';
import { confidenceSection, confusionSection, groupSections, mismatchSection } from './eval-charts.ts';
import type { Assessment } from './eval-score.ts';
import { type Fact, type Fragment, html, page, percent, type Section, sheet, table } from './html/index.ts';
import { skippedSection } from './skipped-section.ts';
import { version } from './version.ts';

/** What an evaluation found. `models` and `sets` go together; two models have the same rows. */
export interface Evaluation {
  readonly data: string;
  readonly models: readonly Assessment[];
  readonly sets: readonly LoadedSet[];
  readonly skipped: readonly SkippedRow[];
  readonly comparison: Comparison | undefined;
  readonly lexicon: string | undefined;
  readonly languageModel?: string | undefined;
  readonly adapter: string;
  readonly date: Date;
}

/** Misreadings shown of each model. */
const WORST = 50;
/** Pictures shown of those that one of two models alone reads right. */
const DISPUTED = 24;
/** Two models differ where chance would do the same in fewer than one of 20 sets. */
const LEVEL = 0.05;

const whole = (v: number) => v.toLocaleString('en');
const exact = (v: number) => percent(v, 2);
const span = ([low, high]: readonly [number, number]) => `95 %: ${exact(low)} to ${exact(high)}`;
/** A signed difference of two shares, in points. */
const points = (v: number) => `${v < 0 ? '−' : '+'}${Math.abs(100 * v).toFixed(2)}`;
/** A probability with as many digits as it bears. */
export const probability = (p: number) => (p >= 0.001 ? p.toFixed(3) : p < 1e-99 ? 'below 1e-99' : p.toExponential(1));

/** The report of `lexel eval`, one HTML file. */
export function evalPage(e: Evaluation): string {
  const { models, comparison } = e;
  const [first] = models;
  const list = e.data.replaceAll('\\', '/').replace(/\/$/, '').split('/').slice(-2).join('/');
  const decoding =
    e.lexicon !== undefined
      ? `held to the lexicon ${e.lexicon}`
      : e.languageModel !== undefined
        ? `language model ${e.languageModel}, no lexicon`
        : 'best path, no lexicon';
  return page({
    kind: 'Evaluation',
    title: models.map((m) => m.name).join(' and '),
    lead: `${whole(first.count)} labelled pictures of ${list}; ${decoding}.`,
    facts: comparison ? comparedFacts(e, comparison) : facts(first),
    sections: [
      ...(comparison ? [comparisonSection(models, comparison)] : []),
      scoreSection(models),
      mismatchSection(models),
      ...groupSections(models),
      confidenceSection(models),
      confusionSection(models),
      ...models.map((m, i) => worstSection(m, e.sets[i], models.length > 1)),
      ...(comparison ? disputedSections(e) : []),
      skippedSection(e.skipped),
    ],
    footer: `Made by lexel ${version()} on ${e.adapter}, ${e.date.toISOString().slice(0, 16).replace('T', ' ')} UTC. From ${e.data}.`,
  });
}

function facts(a: Assessment): Fact[] {
  return [
    { value: exact(a.wordAccuracy), label: 'word accuracy', note: span(a.wordAccuracy95) },
    { value: exact(a.letterAccuracy), label: 'letter accuracy', note: span(a.letterAccuracy95) },
    { value: exact(a.cer), label: 'CER' },
    { value: exact(a.oneMinusNed), label: '1-NED' },
    { value: a.loss.toFixed(4), label: 'CTC loss' },
    { value: a.imagesPerSecond.toFixed(1), label: 'images/s' },
  ];
}

function comparedFacts({ models }: Evaluation, c: Comparison): Fact[] {
  const [low, high] = c.difference95;
  return [
    ...models.map((m) => ({
      value: exact(m.wordAccuracy),
      label: `words right: ${m.name}`,
      note: span(m.wordAccuracy95),
    })),
    { value: points(c.difference), label: 'difference in points', note: `95 %: ${points(low)} to ${points(high)}` },
    {
      value: probability(c.p),
      label: 'p, McNemar exact',
      note: c.p < LEVEL ? 'significant at 5 %' : 'not significant at 5 %',
    },
  ];
}

function comparisonSection([a, b]: readonly Assessment[], c: Comparison): Section {
  const better = c.difference > 0 ? b.name : a.name;
  const said =
    c.p < LEVEL
      ? `${better} reads more words, and chance alone would make a difference as large in ${c.p < 0.001 ? 'fewer than one of 1,000' : `${(100 * c.p).toFixed(1)} of 100`} such sets.`
      : 'This set does not tell the two apart: chance alone could make the difference.';
  return {
    title: 'Side by side',
    intro: `${said} The test counts only the ${whole(c.onlyFirst + c.onlySecond)} pictures that one of the two reads right and the other does not: McNemar's exact test, two-sided, p = ${probability(c.p)}.`,
    body: table(
      [
        { title: '' },
        { title: `${b.name} right`, numeric: true },
        { title: `${b.name} wrong`, numeric: true },
        { title: 'all', numeric: true },
      ],
      [
        [`${a.name} right`, c.bothRight, c.onlyFirst, c.bothRight + c.onlyFirst].map(cell),
        [`${a.name} wrong`, c.onlySecond, c.neither, c.onlySecond + c.neither].map(cell),
        ['all', c.bothRight + c.onlySecond, c.onlyFirst + c.neither, c.count].map(cell),
      ],
      'Words',
    ),
  };
}

const cell = (v: string | number) => (typeof v === 'number' ? whole(v) : v);

function scoreSection(models: readonly Assessment[]): Section {
  const withSpan = (value: number, interval: readonly [number, number]): Fragment =>
    html`${exact(value)}<br><span class="soft">${(100 * interval[0]).toFixed(2)} to ${exact(interval[1])}</span>`;
  const rows: [string, (a: Assessment) => Fragment][] = [
    ['word accuracy (95 % interval)', (a) => withSpan(a.wordAccuracy, a.wordAccuracy95)],
    ['letter accuracy (95 % interval)', (a) => withSpan(a.letterAccuracy, a.letterAccuracy95)],
    ['CER', (a) => exact(a.cer)],
    ['1-NED', (a) => exact(a.oneMinusNed)],
    ['CTC loss', (a) => a.loss.toFixed(4)],
    ['calibration error (ECE)', (a) => a.ece.toFixed(4)],
    ['images/s', (a) => a.imagesPerSecond.toFixed(1)],
    ['parameters', (a) => whole(a.parameters)],
    ['input, height x width', (a) => `${a.info.height} x ${a.info.width}`],
  ];
  return {
    title: 'Scores',
    intro:
      'Letter accuracy: positions at which reading and label agree, over the sum of the longer of the two. CER: edits over letters of the labels. 1-NED: mean of 1 - edits over the longer of the two.',
    body: table(
      [{ title: '' }, ...models.map((m) => ({ title: m.name, numeric: true }))],
      rows.map(([name, of]) => [name, ...models.map(of)]),
    ),
  };
}

function pictureOf(set: LoadedSet, info: Assessment['info'], i: number) {
  const { width, height } = info;
  return { width, height, grey: set.images.subarray(i * width * height, (i + 1) * width * height) };
}

const readAs = (text: string) => html`<b>${text || '(nothing)'}</b>`;

function worstSection(a: Assessment, set: LoadedSet, named: boolean): Section {
  const shown = worst(a.readings, WORST);
  const wrong = a.readings.filter((r) => r.text !== r.label).length;
  const title = named ? `Worst readings: ${a.name}` : 'Worst readings';
  if (shown.length === 0) return { title, body: html`<p>Every word was read right.</p>` };
  return {
    title,
    intro: `${shown.length < wrong ? `${shown.length} of ${whole(wrong)} misreadings` : `All ${whole(wrong)} misreadings`}, as the network sees the pictures: most edits a letter first, then the surest.`,
    body: sheet(
      shown.map((i) => {
        const { label, text, confidence } = a.readings[i];
        return {
          image: pictureOf(set, a.info, i),
          alt: label,
          caption: html`<b>${label}</b><br>read as ${readAs(text)},<br>${percent(confidence, 0)} sure`,
        };
      }),
    ),
  };
}

/** Pictures that one of the two alone reads right, the surest of the other's mistakes first. */
function disputedSections({ models, sets }: Evaluation): Section[] {
  return models.flatMap((winner, w) => {
    const loser = models[1 - w];
    const right = (a: Assessment, i: number) => a.readings[i].text === a.readings[i].label;
    const all = winner.readings.flatMap((_, i) => (right(winner, i) && !right(loser, i) ? [i] : []));
    if (all.length === 0) return [];
    const shown = all
      .sort((i, j) => loser.readings[j].confidence - loser.readings[i].confidence || i - j)
      .slice(0, DISPUTED);
    return [
      {
        title: `Right by ${winner.name} alone`,
        intro: `${shown.length < all.length ? `${shown.length} of ${whole(all.length)}` : `All ${whole(all.length)}`}: the surest of the other's mistakes first.`,
        body: sheet(
          shown.map((i) => ({
            image: pictureOf(sets[w], winner.info, i),
            alt: winner.readings[i].label,
            caption: html`<b>${winner.readings[i].label}</b><br>${loser.name}: ${readAs(loser.readings[i].text)},<br>${percent(loser.readings[i].confidence, 0)} sure`,
          })),
        ),
      },
    ];
  });
}
