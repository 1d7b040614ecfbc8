import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { FormatError } from '../gpu/index.ts';
import { type Alphabet, Random } from '../nn/index.ts';
import type { GreyImage } from '../ocr/index.ts';
import {
  alignable,
  type LabelRow,
  Pack,
  PackedSource,
  type Remark,
  readLabels,
  type SkippedRow,
} from '../train/data/index.ts';
import type { BatchSource, LabelledImages } from '../train/index.ts';
import { eachPicture, type Pictured } from './pictures.ts';
import { place, type SetSize } from './place.ts';
import { checkStrict } from './skipped.ts';

export type Split = 'train' | 'val' | 'test';

export interface LoadOptions {
  /** Which part of a folder that holds several. */
  readonly split?: Split;
  /** Any row that cannot be used is an error. */
  readonly strict?: boolean;
  /** Letters of the longest label that is used; default any that can be aligned. */
  readonly maxLabel?: number;
}

export interface LoadedSet extends LabelledImages {
  /** File of each image, as the list names it; no two are the same. */
  readonly files: readonly string[];
  /** Label of each image as the list writes it; `labels` has them as the model does. */
  readonly written: readonly string[];
  /** Rows left out, with line, kind and reason. */
  readonly skipped: readonly SkippedRow[];
  readonly remarks: readonly Remark[];
}

/** The list of a set: the file itself, or in a folder `<split>.pack`, `<split>.csv`, `labels.csv`, `data.mdb` or `labels.tsv`. */
export function listOf(path: string, split: Split = 'train'): string {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return path;
  const names = [`${split}.pack`, `${split}.csv`, 'labels.csv', 'data.mdb'];
  return join(path, names.find((name) => existsSync(join(path, name))) ?? 'labels.tsv');
}

/** An open set of any kind: its rows are known, its pictures are read on demand. */
export interface OpenSet {
  readonly list: string;
  readonly rows: readonly LabelRow[];
  readonly skipped: readonly SkippedRow[];
  readonly remarks: readonly Remark[];
  /** Its pictures lie in the file itself. */
  readonly inside: boolean;
  /** Pictures of rows at natural size, in their order. */
  pictures(rows: readonly LabelRow[]): AsyncIterable<Pictured<LabelRow>>;
  close(): Promise<void>;
}

/** Opens a folder, a CSV or TSV list, a packed file or an LMDB. @throws DataError, FormatError where it cannot be read */
export async function openSet(path: string, split?: Split): Promise<OpenSet> {
  const list = listOf(path, split);
  if (list.endsWith('.pack')) {
    const pack = await Pack.open(list);
    return {
      list,
      rows: pack.rows,
      skipped: [],
      remarks: [],
      inside: true,
      pictures: (rows) => packedPictures(pack, rows),
      close: () => pack.close(),
    };
  }
  if (list.endsWith('.mdb')) return (await import('./lmdb-set.ts')).openLmdb(list);
  const read = await readLabels(list);
  return {
    list,
    ...read,
    inside: false,
    pictures: (rows) => eachPicture(rows, dirname(list)),
    close: async () => undefined,
  };
}

async function* packedPictures(pack: Pack, rows: readonly LabelRow[]): AsyncGenerator<Pictured<LabelRow>> {
  const indexOf = new Map(pack.rows.map((row, i) => [row.file, i]));
  for (const row of rows) {
    const i = indexOf.get(row.file);
    const size = i === undefined ? undefined : pack.rows[i];
    if (i === undefined || size === undefined) continue;
    const image: GreyImage = { width: size.width, height: size.height, grey: await pack.pixels(i, i + 1) };
    yield { row, image };
  }
}

/** Rows that a model can learn or be scored on, with their labels as it writes them; the others go to `skipped`. */
function usable(
  rows: readonly LabelRow[],
  alphabet: Alphabet,
  timeSteps: number,
  skipped: SkippedRow[],
  maxLabel = Number.POSITIVE_INFINITY,
) {
  return rows.flatMap((row, index) => {
    const label = alphabet.normalise(row.label);
    const fit = alignable(label, timeSteps, alphabet.text);
    if (fit.ok && [...label].length <= maxLabel) return [{ index, row, label }];
    if (fit.ok) {
      const reason = `${row.file}: label ${JSON.stringify(label)} is longer than ${maxLabel} letters`;
      skipped.push({ line: row.line, kind: 'too long', reason, file: row.file });
      return [];
    }
    skipped.push({ line: row.line, kind: fit.kind, reason: fit.reason, file: row.file });
    return [];
  });
}

function checkUsable(list: string, count: number, skipped: readonly SkippedRow[], strict = false): void {
  if (strict) checkStrict(list, skipped);
  if (count === 0)
    throw new FormatError(
      `${list}: no usable row (${skipped.length} skipped: ${skipped[0]?.reason ?? 'the list is empty'})`,
      { hint: 'A line is: path, tab, label.' },
    );
}

/**
 * Loads a folder with `labels.tsv`, a TSV or CSV list, or a packed file, at one size, lines of text at their own widths.
 * @throws FormatError when there is no usable row, and with `strict` when there is one that is not.
 */
export async function loadSet(
  path: string,
  size: SetSize,
  alphabet: Alphabet,
  timeSteps: number,
  options: LoadOptions = {},
): Promise<LoadedSet> {
  const set = await openSet(path, options.split);
  try {
    const skipped = [...set.skipped];
    const good = usable(set.rows, alphabet, timeSteps, skipped, options.maxLabel);
    const each = size.width * size.height;
    const images = new Uint8Array(good.length * each);
    const labels: string[] = [];
    const files: string[] = [];
    const written: string[] = [];
    const widths: number[] = [];
    const labelOf = new Map(good.map(({ row, label }) => [row, label]));
    for await (const got of set.pictures(good.map(({ row }) => row))) {
      if ('bad' in got) {
        skipped.push(got.bad);
        continue;
      }
      const at = labels.length * each;
      const label = labelOf.get(got.row) ?? got.row.label;
      const width = place(got.image, size, images.subarray(at, at + each));
      // A line has the time steps of its own width.
      const fit = alignable(label, Math.floor((timeSteps * width) / size.width), alphabet.text);
      if (!fit.ok) {
        const { line, file } = got.row;
        skipped.push({ line, kind: fit.kind, reason: fit.reason, file });
        continue;
      }
      labels.push(label);
      widths.push(width);
      files.push(got.row.file);
      written.push(got.row.label);
    }
    skipped.sort((a, b) => a.line - b.line);
    checkUsable(set.list, labels.length, skipped, options.strict);
    const own = size.lines ? { widths } : {};
    return {
      images: images.subarray(0, labels.length * each),
      labels,
      ...own,
      files,
      written,
      skipped,
      remarks: set.remarks,
    };
  } finally {
    await set.close();
  }
}

/** A set opened to train on. */
export interface OpenSource {
  readonly source: BatchSource;
  /** Images of one pass. */
  readonly images: number;
  readonly skipped: readonly SkippedRow[];
  readonly remarks: readonly Remark[];
  close(): Promise<void>;
}

/**
 * Opens a set to train on, shuffled anew each epoch. A packed file stays on the disk and is read in windows; of anything
 * else the pictures are loaded at the size of the model.
 * @throws FormatError as `loadSet`
 */
export async function openSource(
  path: string,
  run: SetSize & { seed: number },
  alphabet: Alphabet,
  timeSteps: number,
  options: LoadOptions = {},
): Promise<OpenSource> {
  const list = listOf(path, options.split);
  if (!list.endsWith('.pack')) {
    const set = await loadSet(list, run, alphabet, timeSteps, options);
    const source = shuffled(set, run.width * run.height, run.seed, (seed) => {
      const r = new Random(seed);
      return () => r.uniform();
    });
    const { skipped, remarks } = set;
    return { source, images: set.labels.length, skipped, remarks, close: async () => undefined };
  }
  const pack = await Pack.open(list);
  try {
    const skipped: SkippedRow[] = [];
    const rows = usable(pack.rows, alphabet, timeSteps, skipped, options.maxLabel);
    checkUsable(list, rows.length, skipped, options.strict);
    const source = new PackedSource(pack, { ...run, rows });
    return { source, images: source.images, skipped, remarks: [], close: () => source.close() };
  } catch (error) {
    await pack.close();
    throw error;
  }
}

/** Batches of a loaded set in an order drawn anew each epoch from the seed. */
export function shuffled(set: LabelledImages, each: number, seed: number, random: (seed: number) => () => number) {
  const n = set.labels.length;
  let epoch = -1;
  let order: Uint32Array = new Uint32Array(0);
  const orderOf = (e: number): Uint32Array => {
    if (e === epoch) return order;
    const draw = random(seed * 7919 + e);
    order = Uint32Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = Math.floor(draw() * (i + 1));
      [order[i], order[j]] = [order[j], order[i]];
    }
    epoch = e;
    return order;
  };
  return {
    async batch(start: number, count: number): Promise<LabelledImages> {
      const images = new Uint8Array(count * each);
      const labels: string[] = [];
      const widths: number[] = [];
      for (let k = 0; k < count; k++) {
        const at = orderOf(Math.floor((start + k) / n))[(start + k) % n];
        images.set(set.images.subarray(at * each, (at + 1) * each), k * each);
        labels.push(set.labels[at]);
        if (set.widths) widths.push(set.widths[at]);
      }
      return set.widths ? { images, labels, widths } : { images, labels };
    },
  };
}
