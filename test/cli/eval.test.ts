import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LoadedSet } from '../../src/cli/dataset.ts';
import { evalPage, probability } from '../../src/cli/eval-page.ts';
import { compared } from '../../src/cli/eval-run.ts';
import { type Assessment, drawnWord, figures, mistakes } from '../../src/cli/eval-score.ts';
import { lexel } from './lexel.ts';

const info = {
  name: 'm',
  architecture: 'word-small',
  alphabet: 'ABC',
  height: 1,
  width: 20,
  normalisation: { kind: 'unit' },
  skip: 0,
  scores: {},
} as const;

/** Pictures of 20 pixels whose darkest and lightest halves lie `contrast` apart. */
function setOf(contrasts: readonly number[], written: readonly string[], files: readonly string[]): LoadedSet {
  const images = Uint8Array.from({ length: contrasts.length * 20 }, (_, i) =>
    i % 20 < 10 ? 0 : contrasts[Math.floor(i / 20)],
  );
  return { images, labels: written.map((w) => w.toUpperCase()), written, files, skipped: [], remarks: [] };
}

const set = setOf([31, 32, 200, 255], ['AB', 'a', 'Abc', 'CA'], ['1.png', '2.png', '3.png', '4_Ca_9.jpg']);
const read = (label: string, text: string, confidence: number, loss: number) => ({ label, text, confidence, loss });
const readings = [
  read('AB', 'AB', 0.95, 0.5),
  read('A', 'B', 0.3, 2),
  read('ABC', 'AB', 0.55, 1),
  read('CA', 'CA', 1, 0.5),
];
const other = [
  read('AB', 'AC', 0.5, 1),
  read('A', 'A', 0.9, 0.1),
  read('ABC', 'CC', 0.1, 3),
  read('CA', 'CA', 0.8, 0.3),
];

function assessment(name: string, r: typeof readings): Assessment {
  return { name, info, parameters: 12, imagesPerSecond: 3.25, ...figures(r, set, info) };
}

describe('figures of four readings, by hand', () => {
  const f = figures(readings, set, info);

  test('scores', () => {
    expect(f.wordAccuracy).toBe(0.5);
    // 2 of 2, 0 of 1, 2 of 3, 2 of 2.
    expect(f.letterAccuracy).toBeCloseTo(6 / 8, 12);
    expect(f.cer).toBeCloseTo(2 / 8, 12);
    expect(f.oneMinusNed).toBeCloseTo((1 + 0 + 2 / 3 + 1) / 4, 12);
    expect(f.loss).toBe(1);
    expect(f.mismatches).toEqual([0.75, 0.25, 0, 0, 0]);
    // Wilson's interval of 2 of 4: (0.5 + z2/8 -+ z sqrt(1/16 + z2/64)) / (1 + z2/4).
    expect(f.wordAccuracy95[0]).toBeCloseTo(0.15004, 4);
    expect(f.wordAccuracy95[1]).toBeCloseTo(0.84996, 4);
  });

  test('by length, case and contrast', () => {
    expect(f.byLength).toEqual([
      { name: '1', count: 1, right: 0 },
      { name: '2', count: 2, right: 2 },
      { name: '3', count: 1, right: 0 },
    ]);
    expect(f.byCase).toEqual([
      { name: 'upper', count: 1, right: 1 },
      { name: 'lower', count: 1, right: 0 },
      { name: 'title', count: 2, right: 1 },
    ]);
    expect(f.byContrast).toEqual([
      { name: 'below 32', count: 1, right: 1 },
      { name: '32 to 63', count: 1, right: 0 },
      { name: '192 to 255', count: 2, right: 1 },
    ]);
  });

  test('calibration and mistakes', () => {
    // Bins: 0.3 (wrong), 0.55 (wrong), 0.95 and 1 (right).
    expect(f.ece).toBeCloseTo((0.3 + 0.55 + (2 - 1.95)) / 4, 12);
    expect(mistakes(f.confusion, 9)).toEqual([
      { label: 'A', read: 'B', count: 1 },
      { label: 'C', read: '', count: 1 },
    ]);
  });

  test('the case of a word in capitals is that of its file name, where that is the word', () => {
    expect(drawnWord('SLINKING', './3000/7/182_Slinking_71711.jpg')).toBe('Slinking');
    expect(drawnWord('SLINKING', 'img/2697-6-466_slinking_49537.jpg')).toBe('slinking');
    expect(drawnWord('SLINKING', 'img/0000/0000182_Slinking.png')).toBe('Slinking');
    expect(drawnWord('SLINKING', './3000/7/182_other_71711.jpg')).toBe('SLINKING');
    expect(drawnWord('Word', 'photo.png')).toBe('Word');
  });
});

describe('the report', () => {
  const models = [assessment('first & <one>', readings), assessment('second', other)];
  const evaluation = {
    data: 'my/set',
    skipped: [{ line: 7, kind: 'missing file', reason: 'no such file: x.png' } as const],
    lexicon: undefined,
    adapter: 'an adapter',
    date: new Date(0),
  };
  const one = evalPage({ ...evaluation, models: [models[0]], sets: [set], comparison: undefined });
  const two = evalPage({ ...evaluation, models, sets: [set, set], comparison: compared(models[0], models[1]) });

  test.each([
    ['of one model', one],
    ['of two models', two],
  ])('%s is well-formed, and loads and runs nothing', (_, text) => {
    expect(text).not.toMatch(/<script|<link|@import|url\(|\s(?:src|href)="(?!data:|#)|NaN|undefined|Infinity/);
    expect(unclosed(text)).toEqual([]);
    expect(text).not.toContain('<one>');
    const ids = [...text.matchAll(/ id="([^"]+)"/g)].map((m) => m[1]);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, target] of text.matchAll(/href="#([^"]+)"/g)) expect(ids).toContain(target);
  });

  test('says the figures that were computed', () => {
    expect(one).toContain('<dd>50.00 %</dd>');
    expect(one).toContain('95 %: 15.00 % to 85.00 %');
    expect(one).toContain('Expected calibration error over ten bins: 0.2250.');
    expect(one).toContain('<title>A read as B: 1 of 4 (25.00 %)</title>');
    expect(one).toContain('All 2 misreadings');
    expect(one.match(/<img src="data:image\/png;base64,/g)).toHaveLength(2);
    expect(one).toContain('no such file: x.png');
    // Length 2: both words right.
    expect(one).toContain('<title>2: 100.0 %</title>');
  });

  test('two models: the counts of the paired test', () => {
    // Right: first 1 and 4, second 2 and 4.
    expect(two).toContain(
      '<th scope="row">first &amp; &lt;one&gt; right</th><td class="num">1</td><td class="num">1</td>',
    );
    expect(two).toContain('This set does not tell the two apart');
    expect(two).toContain('p = 1.000');
    expect(two).toContain('Right by second alone');
  });

  test('probabilities keep the digits that they bear', () => {
    expect([1, 0.0421, 0.00042, 1e-120].map(probability)).toEqual(['1.000', '0.042', '4.2e-4', 'below 1e-99']);
  });
});

/** Tags that are opened and not closed, or closed and not opened. */
function unclosed(text: string): string[] {
  const open: string[] = [];
  const faults: string[] = [];
  const empty = new Set(['meta', 'br', 'img', 'hr', 'link', '!doctype']);
  for (const [, end, name, rest] of text.matchAll(/<(\/?)([!a-z][a-z0-9]*)((?:"[^"]*"|[^">])*)>/gi)) {
    if (empty.has(name.toLowerCase()) || rest.endsWith('/')) continue;
    if (end === '') open.push(name);
    else if (open.pop() !== name) faults.push(`</${name}>`);
  }
  return [...faults, ...open];
}

describe('lexel eval', () => {
  const words = new URL('../fixtures/words/', import.meta.url).pathname;
  const folder = mkdtempSync(join(tmpdir(), 'lexel-eval-'));
  beforeAll(() => copyFileSync(join(words, 'pranks.png'), join(folder, 'pranks.png')));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('writes a report and one JSON object with every figure', async () => {
    const report = join(folder, 'one.html');
    const { code, stdout, stderr } = await lexel(['eval', words, '--json', '--report', report]);
    expect(code, stderr).toBe(0);
    const got = JSON.parse(stdout) as { byLength: { count: number }[]; mismatches: number[]; loss: number };
    expect(got).toMatchObject({ model: 'word-small', parameters: 554773, images: 6, wordAccuracy: 1, mistakes: [] });
    expect(got.byLength.reduce((n, g) => n + g.count, 0)).toBe(6);
    expect(got.mismatches[0]).toBe(1);
    expect(got.loss).toBeGreaterThan(0);
    const page = readFileSync(report, 'utf8');
    expect(page).toContain('Every word was read right.');
    expect(unclosed(page)).toEqual([]);
  });

  test('two models side by side, on the rows that both can use', async () => {
    writeFileSync(join(folder, 'labels.tsv'), 'pranks.png\tPRANKS\nother.png\tWORD\n');
    const { code, stdout, stderr } = await lexel(['eval', folder, '--model', 'word-small', '--model', 'word-small']);
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('skipped line 2: no such file: other.png\n');
    expect(stdout).toContain('images            1 (1 skipped)');
    expect(stdout).toMatch(/model {13}word-small \(1\) +word-small \(2\)\n/);
    expect(stdout).toContain(
      "0 words right by the first alone, 0 by the second alone, 1 by both, 0 by neither; McNemar's exact test: p = 1.000",
    );
  });

  test('three models are too many', async () => {
    const { code, stderr } = await lexel(['eval', words, '--model', 'a', '--model', 'b', '--model', 'c']);
    expect(code).toBe(2);
    expect(stderr).toBe('lexel: eval: expected one or two models, got 3. Compare two at a time.\n');
  });
});
