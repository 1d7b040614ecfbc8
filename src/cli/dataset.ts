import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FormatError, LexelError } from '../gpu/index.ts';
import type { Alphabet } from '../nn/index.ts';
import { decodeImage } from '../ocr/image/index.ts';
import { alignable, readLabels, resizeGrey } from '../train/data/index.ts';
import type { LabelledImages } from '../train/index.ts';

export interface LoadedSet extends LabelledImages {
  /** File of each image, as the list names it. */
  readonly files: readonly string[];
  /** Rows left out, with line and reason. */
  readonly skipped: readonly { line: number; reason: string }[];
}

/**
 * Loads a folder with `labels.tsv`, or a TSV or CSV list, at one size.
 * @throws FormatError when there is no usable row.
 */
export async function loadSet(
  path: string,
  size: { width: number; height: number },
  alphabet: Alphabet,
  timeSteps: number,
): Promise<LoadedSet> {
  const isFolder = await stat(path).then(
    (s) => s.isDirectory(),
    () => false,
  );
  const list = isFolder ? join(path, 'labels.tsv') : path;
  const { rows, skipped: bad } = await readLabels(list);
  const skipped = [...bad];
  const kept: { file: string; label: string; pixels: Uint8Array }[] = [];
  for (const row of rows) {
    const label = alphabet.normalise(row.label);
    const fit = alignable(label, timeSteps, alphabet.text);
    if (!fit.ok) {
      skipped.push({ line: row.line, reason: fit.reason });
      continue;
    }
    try {
      const image = await decodeImage(await readFile(join(dirname(list), row.file)), { name: row.file });
      const pixels = resizeGrey(image.grey, image.width, image.height, size.width, size.height);
      kept.push({ file: row.file, label, pixels });
    } catch (error) {
      const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
      if (!missing && !(error instanceof LexelError)) throw error;
      skipped.push({ line: row.line, reason: missing ? `no such file: ${row.file}` : (error as Error).message });
    }
  }
  if (kept.length === 0)
    throw new FormatError(
      `${list}: no usable row (${skipped.length} skipped: ${skipped[0]?.reason ?? 'the list is empty'})`,
      {
        hint: 'A line is: path, tab, label.',
      },
    );
  const each = size.width * size.height;
  const images = new Uint8Array(kept.length * each);
  kept.forEach((k, i) => {
    images.set(k.pixels, i * each);
  });
  return { images, labels: kept.map((k) => k.label), files: kept.map((k) => k.file), skipped };
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
      for (let k = 0; k < count; k++) {
        const at = orderOf(Math.floor((start + k) / n))[(start + k) % n];
        images.set(set.images.subarray(at * each, (at + 1) * each), k * each);
        labels.push(set.labels[at]);
      }
      return { images, labels };
    },
  };
}
