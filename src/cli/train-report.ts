import { existsSync } from 'node:fs';
import { writeAtomically } from '../train/files.node.ts';
import type { RunConfig, Spent } from '../train/index.ts';
import {
  barChart,
  charts,
  type Fact,
  type Fragment,
  html,
  lineChart,
  page,
  percent,
  type Section,
  type Series,
  sheet,
  shortNumber,
  table,
} from './html/index.ts';
import { type LogEntry, type Misreadings, type RunFolder, readLog } from './run-folder.ts';
import { version } from './version.ts';

type TrainEntry = Extract<LogEntry, { kind: 'train' }>;
type ValidationEntry = Extract<LogEntry, { kind: 'validation' }>;

/** Points of a curve: more than this are averaged in groups. */
const POINTS = 400;

/** A report's numbers, read back from the run's own log. */
interface RunLog {
  readonly config: RunConfig;
  readonly train: readonly TrainEntry[];
  readonly validation: readonly ValidationEntry[];
  readonly start: Extract<LogEntry, { kind: 'start' }> | undefined;
  readonly end: Extract<LogEntry, { kind: 'end' }> | undefined;
  /** Starts after the first. */
  readonly resumed: number;
  readonly misreadings: Misreadings | undefined;
}

/** Writes report.html of a run as far as it has come. */
export function writeRunReport(folder: RunFolder, config: RunConfig): void {
  const entries = existsSync(folder.log) ? readLog(folder.log) : [];
  const of = <K extends LogEntry['kind']>(kind: K) =>
    entries.filter((e): e is Extract<LogEntry, { kind: K }> => e.kind === kind);
  const starts = of('start');
  const log: RunLog = {
    config,
    train: of('train'),
    validation: of('validation'),
    start: starts[0],
    end: of('end').at(-1),
    resumed: Math.max(0, starts.length - 1),
    misreadings: folder.readMisreadings(),
  };
  writeAtomically(folder.report, runReport(log));
}

function runReport(log: RunLog): string {
  const { config, train } = log;
  const done = train.at(-1)?.step ?? 0;
  const lead = log.end
    ? `Ended after ${whole(done)} steps${log.end.why === 'patience' ? ': validation did not improve any more' : ''}.`
    : `${whole(done)} of ${whole(config.steps)} steps done.`;
  const sections: Section[] = [];
  if (train.length > 0) sections.push(curves(log), time(log));
  const wrong = log.misreadings;
  if (wrong && wrong.readings.length > 0) sections.push(misread(wrong));
  if (log.validation.length > 0) sections.push(validations(log));
  sections.push(settings(config));
  return page({
    kind: 'Training run',
    title: config.name,
    lead,
    facts: keyFigures(log),
    sections,
    footer: `Made by lexel ${version()}${log.start ? ` on ${log.start.adapter}; started ${log.start.time.slice(0, 16).replace('T', ' ')} UTC` : ''}${log.resumed > 0 ? `; resumed ${log.resumed === 1 ? 'once' : `${log.resumed} times`}` : ''}.`,
  });
}

const whole = (v: number) => Math.round(v).toLocaleString('en');

/** Steps as passes over the data where the run counts in them. */
function xAxis({ epochs, batch }: RunConfig): { label: string; whole: boolean; of(step: number): number } {
  if (!epochs) return { label: 'step', whole: true, of: (step) => step };
  const each = Math.ceil(epochs.images / batch);
  return { label: 'epoch', whole: false, of: (step) => step / each };
}

function bestOf({ validation, config }: RunLog): { entry: ValidationEntry; set: string } | undefined {
  const entry = validation.filter((v) => v.best).at(-1);
  const set = entry && Object.keys(entry.sets)[0];
  return entry && set !== undefined && config ? { entry, set } : undefined;
}

function keyFigures(log: RunLog): Fact[] {
  const facts: Fact[] = [];
  const best = bestOf(log);
  if (best) {
    const s = best.entry.sets[best.set];
    const note = `at step ${whole(best.entry.step)}, ${whole(s.count)} images (${best.set})`;
    facts.push({ value: percent(s.wordAccuracy, 2), label: 'best word accuracy', note });
    facts.push({ value: percent(s.letterAccuracy, 2), label: 'letter accuracy there' });
    facts.push({ value: s.loss.toFixed(4), label: 'validation loss there' });
  }
  const last = log.train.at(-1);
  if (last) {
    const seconds = total(log.end?.spent ?? last.spent);
    const busy = last.spent.data + last.spent.steps + last.spent.first;
    facts.push({
      value: whole(last.step * log.config.batch),
      label: 'images trained on',
      note: `${whole(last.step)} steps of ${log.config.batch}`,
    });
    facts.push({
      value: duration(seconds),
      label: 'time',
      note: `${((last.step * log.config.batch) / busy).toFixed(1)} images/s in training`,
    });
  }
  if (log.start) facts.push({ value: whole(log.start.parameters), label: 'parameters' });
  return facts;
}

const total = (s: Spent) => s.data + s.first + s.steps + s.validation + s.checkpoints;

function duration(seconds: number): string {
  if (seconds < 120) return `${seconds.toFixed(1)} s`;
  if (seconds < 7200) return `${(seconds / 60).toFixed(1)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

/** Means of neighbouring points, at most POINTS of them. */
function thinned(points: readonly (readonly [number, number])[]): [number, number][] {
  const each = Math.max(1, Math.ceil(points.length / POINTS));
  const out: [number, number][] = [];
  for (let i = 0; i < points.length; i += each) {
    const part = points.slice(i, i + each);
    const mean = (k: 0 | 1) => part.reduce((sum, p) => sum + p[k], 0) / part.length;
    out.push([mean(0), mean(1)]);
  }
  return out;
}

function curves(log: RunLog): Section {
  const { config, train, validation } = log;
  const x = xAxis(config);
  const sets = [...new Set(validation.flatMap((v) => Object.keys(v.sets)))];
  const named = (set: string, what: string) => (sets.length > 1 ? `${set}: ${what}` : what);
  const steps = train.flatMap((t) => t.losses.map((l, i) => [x.of(t.step - t.losses.length + i + 1), l] as const));
  const of = (set: string, value: (s: ValidationEntry['sets'][string]) => number) =>
    validation.flatMap((v) => (set in v.sets ? [[x.of(v.step), value(v.sets[set])] as const] : []));
  const best = bestOf(log);
  const marks = best ? [{ axis: 'x' as const, at: x.of(best.entry.step), label: 'best' }] : [];
  const losses: Series[] = [
    { name: 'training', points: thinned(steps) },
    ...sets.map((set) => ({ name: sets.length > 1 ? set : 'validation', points: of(set, (s) => s.loss) })),
  ];
  const accuracies: Series[] = sets.flatMap((set) => [
    { name: named(set, 'words'), points: of(set, (s) => s.wordAccuracy) },
    { name: named(set, 'letters'), points: of(set, (s) => s.letterAccuracy) },
  ]);
  const scale = steps.every(([, l]) => l > 0) ? ('log' as const) : ('linear' as const);
  const each = Math.max(1, Math.ceil(steps.length / POINTS));
  const list: Fragment[] = [
    lineChart({
      title: 'CTC loss',
      note: `Mean over a batch${each > 1 ? `, averaged over ${each} steps` : ''}${scale === 'log' ? '; logarithmic' : ''}.`,
      wide: true,
      x: { label: x.label, whole: x.whole },
      y: { label: 'loss', scale },
      series: losses,
      marks,
    }),
  ];
  if (accuracies.length > 0)
    list.push(
      lineChart({
        title: 'Accuracy',
        note: 'Words read without a mistake; letters that agree by position.',
        x: { label: x.label, min: 0, whole: x.whole },
        y: { label: 'share', min: 0, max: 1, format: (v) => percent(v, 0), exact: (v) => percent(v, 2) },
        series: accuracies,
        marks,
      }),
    );
  list.push(
    lineChart({
      title: 'Learning rate',
      x: { label: x.label, whole: x.whole },
      y: { label: 'rate', min: 0, format: shortNumber },
      series: [{ name: 'rate', points: thinned(train.map((t) => [x.of(t.step), t.rate])) }],
    }),
  );
  return { title: 'Curves', body: charts(...list) };
}

const PARTS: readonly (readonly [keyof Spent, string])[] = [
  ['steps', 'steps'],
  ['data', 'images'],
  ['first', 'compile'],
  ['validation', 'validate'],
  ['checkpoints', 'save'],
];

function time({ config, train, end }: RunLog): Section {
  const spent = end?.spent ?? train.at(-1)?.spent;
  const x = xAxis(config);
  const list: Fragment[] = [];
  if (spent)
    list.push(
      barChart({
        title: 'Where the time went',
        note: 'Images: waiting for them. Compile: the first steps after each start.',
        categories: PARTS.map(([, name]) => name),
        y: { label: 'share', max: 1, format: (v) => percent(v, 0), exact: (v) => percent(v, 1) },
        series: [
          { name: 'share of the time', values: PARTS.map(([key]) => spent[key] / Math.max(1e-9, total(spent))) },
        ],
      }),
    );
  list.push(
    lineChart({
      title: 'Speed',
      x: { label: x.label, whole: x.whole },
      y: { label: 'images/s', min: 0 },
      series: [{ name: 'images/s', points: thinned(train.map((t) => [x.of(t.step), t.imagesPerSecond])) }],
    }),
  );
  return { title: 'Time', intro: spent && `${duration(total(spent))} in all.`, body: charts(...list) };
}

function misread({ step, set, width, height, readings }: Misreadings): Section {
  return {
    title: 'Misreadings',
    intro: `The worst of the last validation (step ${whole(step)}, ${set}): most edits a letter first, then the surest.`,
    body: sheet(
      readings.map(({ label, text, confidence, grey }) => ({
        image: { width, height, grey: new Uint8Array(Buffer.from(grey, 'base64')) },
        alt: label,
        caption: html`<b>${label}</b><br>read as <b>${text || '(nothing)'}</b>,<br>${percent(confidence, 0)} sure`,
      })),
    ),
  };
}

function validations({ config, validation }: RunLog): Section {
  const x = xAxis(config);
  const rows = validation.flatMap((v) =>
    Object.entries(v.sets).map(([set, s], i) => [
      x.label === 'epoch' ? shortNumber(x.of(v.step)) : whole(v.step),
      set,
      s.loss.toFixed(4),
      percent(s.wordAccuracy, 2),
      percent(s.letterAccuracy, 2),
      percent(s.cer, 2),
      v.best && i === 0 ? 'best so far' : '',
    ]),
  );
  return {
    title: 'Validations',
    body: table(
      [
        { title: x.label, numeric: true },
        { title: 'set' },
        { title: 'loss', numeric: true },
        { title: 'words', numeric: true },
        { title: 'letters', numeric: true },
        { title: 'CER', numeric: true },
        { title: '' },
      ],
      rows,
    ),
  };
}

/** Every value of the configuration, nested ones by their path. */
function flat(value: object, prefix = ''): [string, string][] {
  return Object.entries(value).flatMap(([key, v]): [string, string][] => {
    if (v === undefined) return [];
    if (typeof v === 'object' && v !== null && !Array.isArray(v)) return flat(v, `${prefix}${key}.`);
    return [[`${prefix}${key}`, typeof v === 'string' ? v : JSON.stringify(v)]];
  });
}

function settings(config: RunConfig): Section {
  return {
    title: 'Configuration',
    intro: 'Every value of the run, defaults included; config.json beside this file holds the same.',
    body: table(
      [{ title: 'setting' }, { title: 'value' }],
      flat(config).map(([k, v]) => [html`<span class="mono">${k}</span>`, html`<span class="mono">${v}</span>`]),
    ),
  };
}
