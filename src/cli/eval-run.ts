import { ArgumentError, Device } from '../gpu/index.ts';
import { applySavedTuning } from '../kernels/index.ts';
import type { Precision } from '../ocr/index.ts';
import { writeAtomically } from '../train/files.node.ts';
import { type Comparison, compareModels, type Group } from '../train/index.ts';
import { evalPage, probability } from './eval-page.ts';
import { type Assessment, allSkipped, assess, type Candidate, candidate, commonRows, mistakes } from './eval-score.ts';
import { percent } from './html/index.ts';
import type { Io } from './io.ts';
import { type DecodeFlags, loadLanguageModel, loadLexicon } from './lexicon.ts';
import type { ExitCode } from './report.ts';
import { reportRemarks, reportSkipped } from './skipped.ts';
import { buildModel, readWeights } from './weights.ts';

export interface EvalFlags extends DecodeFlags {
  /** One, or two to compare. */
  model: readonly string[];
  batch: number;
  json?: boolean;
  readings?: boolean;
  report?: string;
  strict?: boolean;
  precision?: Precision;
}

type Assessed = Awaited<ReturnType<typeof assess>>;

/** Runs `lexel eval`. @throws LexelError when data or a model cannot be used. */
export async function evaluate(data: string, flags: EvalFlags, io: Io): Promise<ExitCode> {
  if (flags.model.length > 2)
    throw new ArgumentError(`eval: expected one or two models, got ${flags.model.length}`, {
      hint: 'Compare two at a time.',
    });
  const words = flags.lexicon === undefined ? undefined : await loadLexicon(flags.lexicon);
  const { beamWidth, outsideFactor, languageModel: named } = flags;
  if (words && named !== undefined)
    throw new ArgumentError('eval: expected a lexicon or a language model, got both', {
      hint: 'Leave one of them out.',
    });
  const given = await Promise.all(flags.model.map((m) => readWeights(m)));
  await using device = await Device.create();
  await applySavedTuning(device);
  const opened: Candidate[] = [];
  try {
    const names = given.map((g) => g.name);
    for (const [i, weights] of given.entries()) {
      const name = names.indexOf(names[i]) === names.lastIndexOf(names[i]) ? names[i] : `${names[i]} (${i + 1})`;
      const built = buildModel(device, weights);
      opened.push(await candidate(data, { name, ...built }, flags.strict));
      // As a recogniser has it; its f32 weights give the same readings folded or not.
      if (flags.precision === 'f16') built.model.fold({ half: true });
    }
    const skipped = allSkipped(opened);
    reportRemarks(data, opened[0].set.remarks, io);
    reportSkipped(data, skipped, io);
    const candidates = commonRows(opened);
    const models: Assessed[] = [];
    for (const c of candidates) {
      const languageModel = named === undefined ? undefined : await loadLanguageModel(named, c.info.alphabet);
      const decode = { beamWidth, outsideFactor, languageModel };
      models.push(await assess(device, c, { batch: flags.batch, words, decode, views: flags.views }));
    }
    const comparison = models.length === 2 ? compared(models[0], models[1]) : undefined;
    const result = {
      data,
      lexicon: flags.lexicon,
      languageModel: named,
      adapter: device.adapter.description,
      views: flags.views ?? 1,
      precision: flags.precision ?? 'f32',
      skipped,
      comparison,
    };
    if (flags.report !== undefined) {
      const sets = candidates.map((c) => c.set);
      writeAtomically(flags.report, evalPage({ ...result, models, sets, date: new Date() }));
      io.err(`lexel: report in ${flags.report}\n`);
    }
    if (flags.readings) printReadings(models, candidates[0].set.files, io);
    io.out(flags.json ? asJson(result, models) : asText(result, models));
    return 0;
  } finally {
    for (const { model } of opened) model.dispose();
  }
}

/** Two models on the same images. */
export function compared(first: Assessment, second: Assessment): Comparison {
  const right = (a: Assessment, i: number) => a.readings[i].text === a.readings[i].label;
  return compareModels(first.readings.map((_, i) => [right(first, i), right(second, i)] as const));
}

function printReadings(models: readonly Assessment[], files: readonly string[], io: Io): void {
  files.forEach((file, i) => {
    const read = models.map(({ readings }) => `${readings[i].text}\t${readings[i].confidence.toFixed(4)}`);
    io.out(`${file}\t${models[0].readings[i].label}\t${read.join('\t')}\n`);
  });
}

interface Result {
  readonly data: string;
  readonly lexicon: string | undefined;
  readonly languageModel: string | undefined;
  readonly adapter: string;
  readonly views: number;
  readonly precision: Precision;
  readonly skipped: readonly unknown[];
  readonly comparison: Comparison | undefined;
}

const shares = (groups: readonly Group[]) => groups.map((g) => ({ ...g, accuracy: g.right / g.count }));

/** One model's figures beside those of the run; of two models, a list of them with their comparison. */
function asJson(
  { data, lexicon, languageModel, adapter, views, precision, skipped, comparison }: Result,
  models: readonly Assessed[],
): string {
  const of = (a: Assessed) => ({
    model: a.name,
    parameters: a.parameters,
    lexicon: a.lexicon && { name: lexicon, ...a.lexicon },
    languageModel: a.languageModel && { name: languageModel, ...a.languageModel },
    images: a.count,
    wordAccuracy: a.wordAccuracy,
    wordAccuracy95: a.wordAccuracy95,
    letterAccuracy: a.letterAccuracy,
    letterAccuracy95: a.letterAccuracy95,
    cer: a.cer,
    oneMinusNed: a.oneMinusNed,
    loss: a.loss,
    mismatches: a.mismatches,
    ece: a.ece,
    calibration: a.bins,
    byLength: shares(a.byLength),
    byCase: shares(a.byCase),
    byContrast: shares(a.byContrast),
    mistakes: mistakes(a.confusion, Number.POSITIVE_INFINITY),
    imagesPerSecond: a.imagesPerSecond,
  });
  const common = { data, adapter, views, precision, skipped: skipped.length };
  const all = comparison ? { ...common, models: models.map(of), comparison } : { ...common, ...of(models[0]) };
  return `${JSON.stringify(all)}\n`;
}

function asText({ languageModel, adapter, skipped, comparison }: Result, models: readonly Assessed[]): string {
  const exact = (v: number) => percent(v, 2);
  const span = ([low, high]: readonly [number, number]) => `(95 %: ${exact(low)} to ${exact(high)})`;
  const rows: [string, (a: Assessed) => string][] = [
    ['word accuracy', (a) => `${exact(a.wordAccuracy)} ${span(a.wordAccuracy95)}`],
    ['letter accuracy', (a) => `${exact(a.letterAccuracy)} ${span(a.letterAccuracy95)}`],
    ['CER', (a) => exact(a.cer)],
    ['1-NED', (a) => exact(a.oneMinusNed)],
    ['CTC loss', (a) => a.loss.toFixed(4)],
    ['0-4 mismatches', (a) => a.mismatches.map((m) => exact(m)).join('  ')],
    ['calibration (ECE)', (a) => a.ece.toFixed(4)],
    ['speed', (a) => `${a.imagesPerSecond.toFixed(1)} images/s`],
  ];
  if (models.some((m) => m.lexicon))
    rows.unshift([
      'lexicon',
      ({ lexicon: l }) => (l ? `${l.words} words, ${exact(l.coverage)} of the labels among them` : ''),
    ]);
  if (models.some((m) => m.languageModel))
    rows.unshift([
      'language model',
      ({ languageModel: l }) => (l ? `${languageModel}, ${l.entries} probabilities` : ''),
    ]);
  if (models.length > 1) rows.unshift(['model', (a) => a.name]);
  const width = rows.map(([, of]) => Math.max(...models.map((m) => of(m).length)));
  const column = Math.max(...width) + 4;
  const lines = [
    `images            ${models[0].count} (${skipped.length} skipped)`,
    ...rows.map(([name, of]) => `${name.padEnd(18)}${models.map((m) => of(m).padEnd(column)).join('')}`.trimEnd()),
    `adapter           ${adapter}`,
    ...(comparison ? [`difference        ${significance(comparison)}`] : []),
  ];
  return `${lines.join('\n')}\n`;
}

/** The paired test in one line. */
export function significance(c: Comparison): string {
  const points = (v: number) => `${v >= 0 ? '+' : '-'}${Math.abs(100 * v).toFixed(2)}`;
  const [low, high] = c.difference95;
  return (
    `${points(c.difference)} points (95 %: ${points(low)} to ${points(high)}); ${c.onlyFirst} words right by the first alone, ` +
    `${c.onlySecond} by the second alone, ${c.bothRight} by both, ${c.neither} by neither; McNemar's exact test: p = ${probability(c.p)}`
  );
}
