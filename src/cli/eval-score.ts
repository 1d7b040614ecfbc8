import type { Device } from '../gpu/index.ts';
import { Alphabet, type DecodeOptions, Lexicon, type Recognizable } from '../nn/index.ts';
import type { ModelInfo } from '../ocr/index.ts';
import type { SkippedRow } from '../train/data/index.ts';
import {
  agreement,
  type Bin,
  bootstrap95,
  type Confusion,
  calibration,
  caseOf,
  confusion,
  contrastOf,
  Evaluator,
  GAP,
  type Group,
  groupBy,
  interval95,
  meanLoss,
  type ScoredReading,
  type Scores,
  scores,
} from '../train/index.ts';
import { type LoadedSet, loadSet } from './dataset.ts';

type Interval = readonly [low: number, high: number];

/** A model's readings of a set, and every figure made of them. */
export interface Assessment extends Scores {
  readonly name: string;
  readonly info: ModelInfo;
  readonly parameters: number;
  readonly readings: readonly ScoredReading[];
  /** Wilson's interval. */
  readonly wordAccuracy95: Interval;
  /** By the bootstrap over images. */
  readonly letterAccuracy95: Interval;
  /** Mean CTC loss. */
  readonly loss: number;
  readonly byLength: readonly Group[];
  /** By how the word is written, where the list or the file names say it. */
  readonly byCase: readonly Group[];
  readonly byContrast: readonly Group[];
  readonly bins: readonly Bin[];
  /** Expected calibration error over `bins`. */
  readonly ece: number;
  readonly confusion: Confusion;
  readonly imagesPerSecond: number;
}

/** Spans of contrast, the 95th minus the 5th percentile of the grey levels. */
const CONTRASTS = [32, 64, 96, 128, 192, 256] as const;
const contrastName = (i: number) => (i === 0 ? 'below 32' : `${CONTRASTS[i - 1]} to ${CONTRASTS[i] - 1}`);

function contrastGroup(grey: Uint8Array): string {
  const value = contrastOf(grey);
  return contrastName(CONTRASTS.findIndex((end) => value < end));
}

/** The word as it stands in the picture: lists have it in capitals, file names (MJSynth's `182_Slinking_71711.jpg`, `0000182_Slinking.png` of `lexel synth`) as it is drawn. */
export function drawnWord(written: string, file: string): string {
  const named = /(?:^|[\\/])[\d-]+_([^_\\/]+?)(?:_\d+)?\.[a-z]+$/i.exec(file)?.[1];
  return named !== undefined && named.toUpperCase() === written.toUpperCase() ? named : written;
}

/** Every figure of `readings`, which are those of the images of `set`, in their order. */
export function figures(
  readings: readonly ScoredReading[],
  set: LoadedSet,
  info: Pick<ModelInfo, 'alphabet' | 'width' | 'height'>,
): Omit<Assessment, 'name' | 'info' | 'parameters' | 'imagesPerSecond'> {
  const s = scores(readings);
  const each = info.width * info.height;
  const lengths = readings.map((r) => [...r.label].length);
  const longest = lengths.reduce((a, b) => Math.max(a, b), 0);
  const used = new Set(readings.flatMap((r) => [...r.label, ...r.text]));
  const { bins, ece } = calibration(readings);
  return {
    ...s,
    readings,
    wordAccuracy95: interval95(s.wordAccuracy, s.count),
    letterAccuracy95: bootstrap95(
      readings.map((r) => {
        const { same, long } = agreement(r.text, r.label);
        return [same, long];
      }),
    ),
    loss: meanLoss(readings),
    byLength: groupBy(
      readings,
      (_, i) => String(lengths[i]),
      Array.from({ length: longest + 1 }, (_, l) => String(l)),
    ),
    byCase: groupBy(readings, (_, i) => caseOf(drawnWord(set.written[i], set.files[i])) ?? 'other', [
      'upper',
      'lower',
      'title',
      'other',
    ]),
    byContrast: groupBy(
      readings,
      (_, i) => contrastGroup(set.images.subarray(i * each, (i + 1) * each)),
      CONTRASTS.map((_, i) => contrastName(i)),
    ),
    bins,
    ece,
    confusion: confusion(
      readings,
      [...info.alphabet].filter((letter) => used.has(letter)),
    ),
  };
}

/** One pair of letters that were taken for each other; the empty string is a letter that is not there. */
export interface Mistake {
  readonly label: string;
  readonly read: string;
  readonly count: number;
}

/** The commonest mistakes of a confusion matrix. */
export function mistakes({ letters, counts }: Confusion, most: number): Mistake[] {
  return counts
    .flatMap((row, r) => row.map((count, c) => ({ label: letters[r], read: letters[c], count })))
    .filter((m) => m.count > 0 && m.label !== m.read)
    .sort((a, b) => b.count - a.count)
    .slice(0, most);
}

/** A letter's name in words and tables. */
export const letterName = (letter: string) => (letter === GAP ? 'nothing' : letter);

/** A model on the device with the set at its size. */
export interface Candidate {
  readonly name: string;
  readonly info: ModelInfo;
  readonly model: Recognizable;
  readonly alphabet: Alphabet;
  readonly set: LoadedSet;
}

/** The widest line that is scored, that of training; longer ones are pressed together. */
const LINE_WIDTH = 1024;

/** Opens the set at a model's size, for a line model at that of its longest lines. @throws FormatError when there is no usable row */
export async function candidate(
  data: string,
  { name, info, model }: { name: string; info: ModelInfo; model: Recognizable },
  strict: boolean | undefined,
): Promise<Candidate> {
  const alphabet = new Alphabet(info.alphabet);
  const lines = info.reads === 'line';
  const size = { height: info.height, width: lines ? LINE_WIDTH : info.width, lines };
  const steps = model.timeSteps(size.width) - info.skip;
  const set = await loadSet(data, size, alphabet, steps, { split: 'test', strict });
  return { name, info: { ...info, width: size.width }, model, alphabet, set };
}

/** The rows that every model can use: models with other letters or sizes leave out other rows. */
export function commonRows(candidates: readonly Candidate[]): Candidate[] {
  const sets = candidates.map((c) => new Set(c.set.files));
  const everywhere = (file: string) => sets.every((files) => files.has(file));
  return candidates.map((c) => ({ ...c, set: selected(c.set, c.info.width * c.info.height, everywhere) }));
}

function selected(set: LoadedSet, each: number, keep: (file: string) => boolean): LoadedSet {
  const kept = set.files.flatMap((file, i) => (keep(file) ? [i] : []));
  if (kept.length === set.files.length) return set;
  const images = new Uint8Array(kept.length * each);
  kept.forEach((from, to) => {
    images.set(set.images.subarray(from * each, (from + 1) * each), to * each);
  });
  const of = (list: readonly string[]) => kept.map((i) => list[i]);
  const { widths } = set;
  const own = widths ? { widths: kept.map((i) => widths[i]) } : {};
  return { ...set, images, labels: of(set.labels), ...own, files: of(set.files), written: of(set.written) };
}

/** Rows that any of the models leaves out, once each. */
export function allSkipped(candidates: readonly Candidate[]): SkippedRow[] {
  const byLine = new Map(candidates.flatMap((c) => c.set.skipped).map((s) => [s.line, s]));
  return [...byLine.values()].sort((a, b) => a.line - b.line);
}

/** Reads the set and scores it. */
export async function assess(
  device: Device,
  { name, info, model, alphabet, set }: Candidate,
  options: { batch: number; words: readonly string[] | undefined; decode: DecodeOptions; views?: number },
): Promise<
  Assessment & { lexicon?: { words: number; coverage: number }; languageModel?: { entries: number; order: number } }
> {
  const lexicon = options.words && Lexicon.from(options.words, alphabet);
  const evaluator = new Evaluator(device, model, {
    ...info,
    lines: info.reads === 'line',
    alphabet,
    batch: options.batch,
    views: options.views,
    decode: { ...options.decode, lexicon },
  });
  try {
    // The first batch compiles the kernels; it is not part of the speed.
    await evaluator.read(set.images.subarray(0, info.width * info.height), 1);
    const start = performance.now();
    const readings = await evaluator.pairs(set);
    const seconds = (performance.now() - start) / 1000;
    return {
      name,
      info,
      parameters: model.parameterCount(),
      ...figures(readings, set, info),
      imagesPerSecond: readings.length / seconds,
      ...(options.decode.languageModel && {
        languageModel: { entries: options.decode.languageModel.entries, order: options.decode.languageModel.order },
      }),
      ...(lexicon && {
        lexicon: {
          words: lexicon.size,
          coverage: set.labels.filter((l) => lexicon.has(l)).length / set.labels.length,
        },
      }),
    };
  } finally {
    evaluator.dispose();
  }
}
