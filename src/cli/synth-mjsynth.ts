import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { encode } from 'jpeg-js';
import type { SynthSample } from '../train/data/index.ts';

/** The words carry the compression that the generator drew for them already; this adds little to it. */
const JPEG_QUALITY = 92;
/** Pictures of one folder. */
const A_FOLDER = 100;

/**
 * Writes words as MJSynth is laid out: `<part>/<folder>/<n>_<WORD>_<lexicon>.jpg`, annotation_{train,val,test}.txt and
 * lexicon.txt. The folder appears under its name when all is written.
 * @param count words of the training list; the two others get a tenth each
 * @returns words of each list
 */
export async function writeMjsynth(
  folder: string,
  samples: Iterable<SynthSample>,
  count: number,
): Promise<Record<'train' | 'val' | 'test', number>> {
  const target = resolve(folder);
  const temporary = `${target}.${process.pid}.tmp`;
  const small = heldOut(count);
  const ends = { train: count, val: count + small, test: count + 2 * small };
  const files: { path: (lexicon: number) => string; word: string; at: string }[] = [];
  await mkdir(dirname(target), { recursive: true });
  try {
    for (const sample of samples) {
      const i = files.length;
      const part = String(Math.floor(i / (10 * A_FOLDER)) + 1);
      const inner = String((Math.floor(i / A_FOLDER) % 10) + 1);
      const n = (i % A_FOLDER) + 1;
      if (i % A_FOLDER === 0) await mkdir(join(temporary, part, inner), { recursive: true });
      const at = join(temporary, part, inner, `${n}.tmp`);
      await writeFile(at, greyJpeg(sample));
      files.push({ path: (lexicon) => `${part}/${inner}/${n}_${sample.label}_${lexicon}.jpg`, word: sample.label, at });
    }
    const words = [...new Set(files.map(({ word }) => word.toLowerCase()))].sort();
    const lexiconOf = new Map(words.map((word, i) => [word, i]));
    const lines: string[] = [];
    for (const { path, word, at } of files) {
      const lexicon = lexiconOf.get(word.toLowerCase()) ?? 0;
      await rename(at, join(temporary, path(lexicon)));
      lines.push(`./${path(lexicon)} ${lexicon}\n`);
    }
    await writeFile(join(temporary, 'lexicon.txt'), words.map((word) => `${word}\n`).join(''));
    await writeFile(join(temporary, 'annotation_train.txt'), lines.slice(0, ends.train).join(''));
    await writeFile(join(temporary, 'annotation_val.txt'), lines.slice(ends.train, ends.val).join(''));
    await writeFile(join(temporary, 'annotation_test.txt'), lines.slice(ends.val, ends.test).join(''));
    await rename(temporary, target);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return { train: count, val: small, test: small };
}

/** Words of the validation list, and of the test list, beside `count` to train on. */
export function heldOut(count: number): number {
  return Math.max(1, Math.round(count / 10));
}

function greyJpeg({ grey, width, height }: SynthSample): Uint8Array {
  const rgba = new Uint8Array(4 * width * height);
  for (let i = 0; i < grey.length; i++) rgba.fill(grey[i], 4 * i, 4 * i + 3);
  for (let i = 3; i < rgba.length; i += 4) rgba[i] = 255;
  return encode({ data: rgba, width, height }, JPEG_QUALITY).data;
}
