import type { Analysis, SkippedRow } from '../train/data/index.ts';
import type { Sample } from './analyze-run.ts';
import { barChart, charts, lineChart, page, percent, type Section, sheet, table } from './html/index.ts';
import { skippedSection } from './skipped-section.ts';

type Counts = Analysis['heights'];

/** Share of all values up to each one. */
function cumulative(values: Counts, total: number): [number, number][] {
  let sum = 0;
  return values.map(([value, n]) => {
    sum += n;
    return [value, sum / total];
  });
}

/** The report of `lexel analyze`, one HTML file. */
export function analysisPage(
  list: string,
  a: Analysis,
  skipped: readonly SkippedRow[],
  samples: readonly Sample[],
): string {
  const { height, width, stepsNeeded } = a.recommended;
  return page({
    kind: 'Data set',
    title: list.replaceAll('\\', '/').split('/').slice(-2).join('/'),
    lead: `Sizes, lengths and letters of ${a.images.toLocaleString('en')} labelled pictures.`,
    facts: [
      { value: a.images.toLocaleString('en'), label: 'pictures', note: `${skipped.length} rows left out` },
      { value: a.uniqueLabels.toLocaleString('en'), label: 'unique words' },
      { value: percent(a.withDigits / a.images, 4), label: 'labels with digits', note: `${a.withDigits} of them` },
      { value: `${height} x ${width}`, label: 'input size', note: `the longest label needs ${stepsNeeded} time steps` },
    ],
    sections: [
      sizeSection(a),
      percentileSection(a),
      labelSection(a),
      letterSection(a),
      sampleSection(samples),
      skippedSection(skipped),
    ],
    footer: `From ${list}.`,
  });
}

function sizeSection(a: Analysis): Section {
  const cdf = (title: string, values: Counts, label: string, at: number) =>
    lineChart({
      title,
      x: { label, min: 0 },
      y: { label: 'share of pictures', min: 0, max: 1, format: (v) => percent(v, 0), exact: (v) => percent(v, 2) },
      series: [{ name: title, points: [[0, 0], ...cumulative(values, a.images)], shape: 'step' }],
      marks: [{ axis: 'x', at, label: `90 %: ${at}` }],
    });
  const ninety = a.percentiles.find((p) => p.percent === 90);
  return {
    title: 'Sizes',
    intro:
      'The input size is the height that 90 % do not exceed, taken up to a multiple of 16, and the width that 90 % do not exceed at that height.',
    body: charts(
      cdf('Heights, cumulative', a.heights, 'height in pixels', ninety?.height ?? 0),
      cdf('Widths, cumulative', a.widths, 'width in pixels', ninety?.width ?? 0),
    ),
  };
}

function percentileSection(a: Analysis): Section {
  return {
    title: 'Percentiles',
    intro: 'Pixels that so many of the pictures do not exceed.',
    body: table(
      [{ title: 'percentile' }, { title: 'height', numeric: true }, { title: 'width', numeric: true }],
      a.percentiles.map((p) => [`${p.percent} %`, p.height, p.width]),
    ),
  };
}

function labelSection(a: Analysis): Section {
  const shareAxis = { min: 0, format: (v: number) => percent(v, 0), exact: (v: number) => percent(v, 2) };
  return {
    title: 'Word lengths',
    body: charts(
      barChart({
        title: 'Lengths',
        categories: a.lengths.map(([l]) => String(l)),
        xLabel: 'characters',
        y: { label: 'share of labels', ...shareAxis },
        series: [{ name: 'labels', values: a.lengths.map(([, n]) => n / a.images) }],
      }),
      lineChart({
        title: 'Lengths, cumulative',
        x: { label: 'characters', whole: true },
        y: { label: 'share of labels', ...shareAxis, max: 1 },
        series: [{ name: 'labels', points: cumulative(a.lengths, a.images), shape: 'step' }],
      }),
      barChart({
        title: 'The five commonest lengths',
        categories: a.commonest.map(([l]) => String(l)),
        xLabel: 'characters',
        y: { label: 'labels', min: 0 },
        series: [{ name: 'labels', values: a.commonest.map(([, n]) => n) }],
      }),
    ),
  };
}

function letterSection(a: Analysis): Section {
  const total = a.letters.reduce((sum, [, n]) => sum + n, 0);
  return {
    title: 'Letters',
    body: charts(
      barChart({
        title: 'How often each letter occurs',
        wide: true,
        categories: a.letters.map(([c]) => c),
        y: { label: 'share of letters', min: 0, format: (v) => percent(v, 0), exact: (v) => percent(v, 2) },
        series: [{ name: 'letters', values: a.letters.map(([, n]) => n / total) }],
        values: false,
      }),
    ),
  };
}

function sampleSection(samples: readonly Sample[]): Section {
  return {
    title: 'Samples',
    intro: 'From all over the list.',
    body: sheet(samples.map(({ image, label }) => ({ image, alt: label, caption: label }))),
  };
}
