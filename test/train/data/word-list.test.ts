import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRenderer, SynthStream, synthSetup } from '../../../src/train/data/index.ts';
import { readWords } from '../../../src/train/data/synth/words.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lexel-words-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function list(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

const setup = (words: string, rest: object = {}) =>
  synthSetup({ seed: 3, width: 64, height: 32, words, digitShare: 0, ...rest });

test('a word list: one a line, upper-cased, each once, in its order', async () => {
  const file = list('plain.txt', 'Plage\r\n\n# a remark\n  montagne \nplage\nforêt\nB52\n');
  expect(await readWords(file)).toEqual(['PLAGE', 'MONTAGNE', 'FORÊT', 'B52']);
});

test('its words are drawn in place of the English ones, of any length up to 24, as far as the alphabet has their letters', async () => {
  const words = list('mine.txt', `ax\nQWXZ\nforêt\n${'A'.repeat(24)}\n${'B'.repeat(25)}\n`);
  const renderer = await createRenderer(setup(words));
  const { labels } = renderer.batch(0, 60);
  expect(new Set(labels)).toEqual(new Set(['AX', 'QWXZ', 'A'.repeat(24)]));
  const wider = await createRenderer(setup(words, { alphabet: 'FORÊT' }));
  expect(new Set(wider.batch(0, 4).labels)).toEqual(new Set(['FORÊT']));
});

test('the processes of a stream draw the same', async () => {
  const words = list('stream.txt', 'ONE\nTWO\nSIX\nTEN\n');
  const stream = new SynthStream({ seed: 3, width: 64, height: 32, words, digitShare: 0, workers: 1, aheadBatches: 0 });
  try {
    const { labels, images } = await stream.batch(0, 6);
    const here = (await createRenderer(setup(words))).batch(0, 6);
    expect(labels).toEqual(here.labels);
    expect(images).toEqual(here.images);
  } finally {
    await stream.close();
  }
});

test('errors: no such file, no word that fits, lines', async () => {
  const absent = join(folder, 'absent.txt');
  await expect(createRenderer(setup(absent))).rejects.toMatchObject({
    code: 'NO_WORDS',
    message: `Cannot read the word list ${absent}: ENOENT: no such file or directory, open '${absent}'`,
  });
  const short = list('short.txt', 'AB\n');
  await expect(createRenderer(setup(short, { minLength: 3 }))).rejects.toMatchObject({
    code: 'NO_WORDS',
    message: 'No word of 3 to 24 letters fits the alphabet "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".',
  });
  expect(() => setup(short, { lines: true })).toThrow(
    'SynthStream: a word list is for words; lines are made of texts of their own.',
  );
});
