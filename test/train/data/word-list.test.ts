import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  chooseWords,
  createRenderer,
  Random,
  SynthStream,
  sampleWord,
  synthSetup,
} from '../../../src/train/data/index.ts';
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

const setup = (words: string, rest: object = {}) => synthSetup({ seed: 3, width: 64, height: 32, words, ...rest });

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

test('words that need more time steps than there are stay out: one a letter and one between equal neighbours', async () => {
  const words = list('steps.txt', 'ABCDEF\nAABBC\nABC\n');
  expect(await chooseWords(setup(words, { steps: 6 }))).toEqual({ words: ['ABCDEF', 'ABC'], leftOut: 1 });
  expect(await chooseWords(setup(words, { steps: 7 }))).toEqual({ words: ['ABCDEF', 'AABBC', 'ABC'], leftOut: 0 });
});

test('numbers are of the digits of the alphabet, four at least, and ordinals where it has their letters', () => {
  const numbers = (limits: object) =>
    Array.from({ length: 300 }, (_, i) =>
      sampleWord(new Random(1, i), ['WORD'], { minLength: 1, maxLength: 24, digitShare: 1, ...limits }),
    );
  expect(new Set(numbers({ alphabet: 'ABC' }))).toEqual(new Set(['WORD']));
  for (const text of numbers({ alphabet: '0123' })) expect(text).toMatch(/^[123][0123]{3,5}$/);
  const all = numbers({});
  for (const text of all) expect(text).toMatch(/^[1-9]\d{3,5}$|^[1-9]\d{1,3}TH$/);
  expect(all.filter((text) => text.endsWith('TH')).length).toBeGreaterThan(50);
  for (const text of numbers({ maxLength: 2 })) expect(text).toMatch(/^[1-9]\d$/);
});

test('the processes of a stream draw the same', async () => {
  const words = list('stream.txt', 'ONE\nTWO\nSIX\nTEN\n');
  const stream = new SynthStream({ seed: 3, width: 64, height: 32, words, workers: 1, aheadBatches: 0 });
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
    message: `${short}: No word of 3 to 24 letters fits the alphabet "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".`,
  });
  expect(() => setup(short, { lines: true })).toThrow(
    'SynthStream: a word list is for words; lines are made of texts of their own.',
  );
});
