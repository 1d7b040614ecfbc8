import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { runConfig, savedConfig } from '../../src/train/config.ts';
import { lexel } from './lexel.ts';

const folder = mkdtempSync(join(tmpdir(), 'lexel-word-list-'));
const at = (name: string) => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('synth --words draws them and says how many it left out', async () => {
  writeFileSync(at('mine.txt'), 'gamma\nforêt\nice cream\nDelta\n');
  const { code, stderr } = await lexel(['synth', '--words', at('mine.txt'), '--out', at('mine'), '--count', '20']);
  const why = '2 left out (letters outside the alphabet, or too long)';
  expect(stderr).toBe(`${at('mine.txt')}: 2 words, ${why}\nlexel: 20 words in ${at('mine')}\n`);
  expect(code).toBe(0);
  const labels = readFileSync(at('mine/labels.tsv'), 'utf8').replace(/^.*\t/gm, '').trim().split('\n');
  expect(new Set(labels)).toEqual(new Set(['GAMMA', 'DELTA']));
  const numbers = await lexel([
    'synth',
    '--words',
    at('mine.txt'),
    '--out',
    at('n'),
    '--count',
    '9',
    '--digit-share',
    '1',
  ]);
  expect(numbers.code).toBe(0);
  expect(readFileSync(at('n/labels.tsv'), 'utf8')).toMatch(/^(.*\t\d+(TH)?\n){9}$/);
});

test('a list of which nothing can be drawn is named, and nothing is written', async () => {
  writeFileSync(at('none.txt'), '???\n');
  const { code, stderr } = await lexel(['synth', '--words', at('none.txt'), '--out', at('none')]);
  expect(stderr).toContain(`lexel: ${at('none.txt')}: No word of 1 to 24 letters fits the alphabet "0123456789A`);
  expect(code).toBe(2);
  expect(existsSync(at('none'))).toBe(false);
});

test('train --words keeps the whole path, and lines have texts of their own', async () => {
  const shown = await lexel(['train', '--print-config', '--words', 'list.txt']);
  expect(JSON.parse(shown.stdout)).toMatchObject({ words: resolve('list.txt') });
  const lines = await lexel(['train', '--config', 'line-small', '--words', 'list.txt', '--out', at('lines')]);
  expect(lines.stderr).toContain(
    'config: words, fontFolder and digitShare are for generated words; lines have texts and typefaces of their own',
  );
  expect(lines.code).toBe(2);
});

test('words that the model has no time steps for are left out of a training run', async () => {
  writeFileSync(at('long.txt'), `${'ABCDEFGHIJ'.repeat(2)}\nSHORT\n`);
  const config = { base: 'word-small', width: 64, batch: 2, steps: 1, validationWords: 2, words: at('long.txt') };
  writeFileSync(at('long.json'), JSON.stringify(config));
  const { code, stderr } = await lexel(['train', '--config', at('long.json'), '--out', at('long')]);
  expect(stderr).toContain(`${at('long.txt')}: 1 words, 1 left out (letters outside the alphabet, or too long)\n`);
  expect(code).toBe(0);
});

test('a saved configuration keeps what it did not set, whatever its base sets', () => {
  const { digitShare: _, ...unset } = runConfig('word-base');
  expect(runConfig('word-base').digitShare).toBe(0.02);
  expect(savedConfig(unset).digitShare).toBeUndefined();
  expect(savedConfig({ ...unset, digitShare: 0.5, words: 'a.txt' })).toMatchObject({ digitShare: 0.5, words: 'a.txt' });
});

test('widths are set where the model has them', () => {
  expect(runConfig('word-small', { hidden: 96 }).hidden).toBe(96);
  expect(() => runConfig('word-base', { hidden: 96 })).toThrow(
    'config: hidden is for word-small and line-small; word-base has widths of its own',
  );
  expect(() => runConfig('word-base', { digitShare: 2 })).toThrow(
    'config: digitShare must be a number from 0 to 1, got 2',
  );
  expect(() => runConfig('word-base', { words: '' })).toThrow('config: words must be a path, got ""');
});
