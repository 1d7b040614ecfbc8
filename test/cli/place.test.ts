import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadSet, shuffled } from '../../src/cli/dataset.ts';
import { place } from '../../src/cli/place.ts';
import { Alphabet, LINE_ALPHABET } from '../../src/nn/index.ts';
import { makePng } from '../ocr/image/make.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lexel-place-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const flat = (width: number, height: number, grey = 200) => ({
  width,
  height,
  grey: new Uint8Array(width * height).fill(grey),
});

test('words are stretched, lines keep their aspect and end in their last column', () => {
  const out = new Uint8Array(4 * 64);
  expect(place(flat(10, 8), { width: 64, height: 4 }, out)).toBe(64);
  expect([...new Set(out)]).toEqual([200]);
  out.fill(0);
  expect(place(flat(20, 8), { width: 64, height: 4, lines: true }, out)).toBe(32);
  expect([...new Set(out)]).toEqual([200]);
  expect(place(flat(900, 8), { width: 64, height: 4, lines: true }, out)).toBe(64);
});

test('a set of lines has their widths; a line too short for its label is left out', async () => {
  const png = (width: number) => makePng({ width, height: 32, depth: 8, colourType: 0, pixel: (x) => [x % 250] });
  writeFileSync(join(folder, 'a.png'), png(100));
  writeFileSync(join(folder, 'b.png'), png(300));
  writeFileSync(join(folder, 'c.png'), png(40));
  writeFileSync(join(folder, 'labels.tsv'), 'a.png\tto be\nb.png\tor not to be\nc.png\tthat is the question, is it?\n');
  const size = { width: 1024, height: 32, lines: true };
  const set = await loadSet(folder, size, new Alphabet(LINE_ALPHABET), 256);
  expect(set.labels).toEqual(['to be', 'or not to be']);
  expect(set.widths).toEqual([128, 320]);
  expect(set.skipped.map((s) => [s.file, s.kind])).toEqual([['c.png', 'cannot be aligned']]);
  const batch = await shuffled(set, 32 * 1024, 1, () => () => 0).batch(0, 2);
  expect(batch.labels.map((l, i) => [l, batch.widths?.[i]])).toEqual(
    expect.arrayContaining([
      ['to be', 128],
      ['or not to be', 320],
    ]),
  );
});
