import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadLanguageModel } from '../../src/cli/lexicon.ts';
import { LINE_ALPHABET, WORD_ALPHABET } from '../../src/nn/index.ts';
import {
  decodeImage,
  englishLanguageModel,
  estimateLanguageModel,
  LanguageModel,
  writeLanguageModel,
} from '../../src/ocr/index.ts';
import { makePng } from '../ocr/image/make.ts';
import { lexel } from './lexel.ts';

const fixtures = new URL('../fixtures/', import.meta.url).pathname;
const wordSmall = new URL('../../models/word-small.safetensors', import.meta.url).pathname;
const HINT = 'Give english, a file of `lexel language-model`, or a file with one word a line.';

let folder: string;
/** A file of the folder. */
const at = (name: string) => join(folder, name);
const modelAt = (name: string) => LanguageModel.read(readFileSync(at(name)), name);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lexel-language-model-'));
  // PRANKS, a part of its N painted over: best path reads PRARKS, and PRANKS is what English makes of it.
  const { width, height, grey } = await decodeImage(readFileSync(join(fixtures, 'words', 'pranks.png')));
  const pixel = (x: number, y: number) => [x >= 64 && x < 76 ? grey[0] : grey[y * width + x]];
  writeFileSync(at('altered.png'), makePng({ width, height, depth: 8, colourType: 0, pixel }));
  writeFileSync(at('labels.tsv'), 'altered.png\tPRANKS\n');
  writeFileSync(at('words.txt'), 'pranks\nFRANKS\n\nné\n');
  writeFileSync(at('empty.txt'), '\n \n');
  writeFileSync(at('foreign.txt'), 'né\nça\n');
  writeFileSync(at('text.safetensors'), 'PRANKS\n');
  writeFileSync(at('own.safetensors'), writeLanguageModel(estimateLanguageModel(['PRANKS', 'FRANKS'])));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the program said on stderr, without what a driver may say there. */
const said = (stderr: string) => stderr.replace(/^(?!lexel: ).*\n/gm, '');

describe('lexel language-model', () => {
  const make = (list: string, out: string, ...more: string[]) =>
    lexel(['language-model', at(list), '--out', at(out), ...more]);

  test('writes a file and sums it up on stderr', async () => {
    const { code, stdout, stderr } = await make('words.txt', 'plain.safetensors');
    expect({ code, stdout }, stderr).toEqual({ code: 0, stdout: '' });
    const model = modelAt('plain.safetensors');
    expect(model.alphabet.text).toBe(WORD_ALPHABET);
    expect(model.order).toBe(6);
    // The word that the alphabet cannot spell is left out; an end counts as a letter.
    const nats = -model.logProbability('PRANKS') - model.logProbability('FRANKS');
    const bits = (nats / 14 / Math.LN2).toFixed(3);
    const bytes = readFileSync(at('plain.safetensors')).length;
    expect(stderr).toBe(
      `lexel: ${at('plain.safetensors')}: 2 words, ${model.entries} probabilities of up to 6 letters, ${bytes} bytes; ${bits} bits a letter\n`,
    );
    expect(model.logProbability('PRANKS')).toBeGreaterThan(model.logProbability('PLANKS') + 3);
  });

  test('--order bounds the n-grams', async () => {
    const { code, stderr } = await make('words.txt', 'order.safetensors', '--order', '3');
    expect(code, stderr).toBe(0);
    expect(stderr).toContain(' probabilities of up to 3 letters, ');
    const model = modelAt('order.safetensors');
    expect(model.order).toBe(3);
    // What an S costs after ANK: longer n-grams know more of the letters before it.
    const costOfS = (m: LanguageModel, prefix: string) =>
      m.logProbability(`${prefix}ANKS`) - m.logProbability(`${prefix}ANK`);
    expect(costOfS(model, 'PR')).toBeCloseTo(costOfS(model, '00000'), 9);
    const longer = estimateLanguageModel(['PRANKS', 'FRANKS']);
    expect(Math.abs(costOfS(longer, 'PR') - costOfS(longer, '00000'))).toBeGreaterThan(0.05);
  });

  test('--entries bounds their number', async () => {
    const { code, stderr } = await make('words.txt', 'entries.safetensors', '--entries', '50');
    expect(code, stderr).toBe(0);
    expect(stderr).toContain(' 2 words, 50 probabilities of up to ');
    const model = modelAt('entries.safetensors');
    expect(model.entries).toBe(50);
    expect(estimateLanguageModel(['PRANKS', 'FRANKS']).entries).toBeGreaterThan(50);
  });

  test('--alphabet says what words are spelt in, capitals or not', async () => {
    const alphabet = 'abcdefghijklmnopqrstuvwxyzé';
    const { code, stderr } = await make('words.txt', 'alphabet.safetensors', '--alphabet', alphabet);
    expect(code, stderr).toBe(0);
    // pranks and né; FRANKS has capitals, which this alphabet tells apart.
    expect(stderr).toContain(': 2 words, ');
    const model = modelAt('alphabet.safetensors');
    expect(model.alphabet.text).toBe(alphabet);
    expect(model.logProbability('né')).toBeGreaterThan(model.logProbability('en') + 3);
    expect(() => model.logProbability('FRANKS')).toThrow('"F" is not in the alphabet');
  });

  test.each([
    [
      'a missing list',
      ['missing.txt'],
      "FILE: the list of words cannot be read: ENOENT: no such file or directory, open 'FILE'. Give a file with one word a line, or english.",
    ],
    ['an empty list', ['empty.txt'], 'FILE: expected one word a line, got an empty file. Add words, one a line.'],
    [
      'no word of the alphabet',
      ['foreign.txt'],
      `language model: expected at least one word of the alphabet's symbols, got none. The alphabet is ${WORD_ALPHABET}.`,
    ],
    [
      'no room for the single letters',
      ['words.txt', '--entries', '36'],
      'language model: expected at least 37 entries, one for each symbol and the end of a word, got 36.',
    ],
    [
      'n-grams that are too long',
      ['words.txt', '--order', '17'],
      "option '--order <n>' argument '17' is invalid. Expected a whole number from 1 to 16. See lexel --help.",
    ],
    ['an alphabet that says a letter twice', ['words.txt', '--alphabet', 'ABA'], 'alphabet: "A" stands twice.'],
  ])('%s is refused, and nothing written', async (_, [list, ...more], message) => {
    const { code, stdout, stderr } = await make(list, 'refused.safetensors', ...more);
    expect(stderr).toBe(`lexel: ${message.replaceAll('FILE', at(list))}\n`);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(existsSync(at('refused.safetensors'))).toBe(false);
  });

  test('needs a file to write', async () => {
    const { code, stderr } = await lexel(['language-model', at('words.txt')]);
    expect(code).toBe(2);
    expect(stderr).toBe("lexel: required option '--out <file>' not specified. See lexel --help.\n");
  });
});

describe('lexel read --language-model', () => {
  const read = (...more: string[]) => lexel(['read', ...more, at('altered.png')]);

  test('the picture is read otherwise without one', async () => {
    const { code, stdout, stderr } = await read('--beam-width', '16');
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/^P[A-Z0-9]+KS\n$/);
    expect(stdout).not.toBe('PRANKS\n');
  });

  test.each([
    ['english', () => 'english'],
    ['a file', () => at('own.safetensors')],
    ['a list of words', () => at('words.txt')],
  ])('%s', async (_, name) => {
    const { code, stdout, stderr } = await read('--language-model', name());
    expect(code, stderr).toBe(0);
    expect(stdout).toBe('PRANKS\n');
  });

  test('JSON and further texts', async () => {
    const { stdout, stderr } = await read('--language-model', at('words.txt'), '--top-k', '3', '--json');
    const { text, confidence, alternatives } = JSON.parse(stdout || stderr) as {
      text: string;
      confidence: number;
      alternatives: { text: string }[];
    };
    expect(text).toBe('PRANKS');
    expect(confidence).toBeGreaterThan(0);
    expect(confidence).toBeLessThanOrEqual(1);
    expect(alternatives).toHaveLength(3);
    expect(alternatives[0].text).toBe('PRANKS');
  });

  test.each([
    [
      'a file that is not there',
      () => ['--language-model', at('missing.safetensors')],
      () =>
        `${at('missing.safetensors')}: the language model cannot be read: ENOENT: no such file or directory, open '${at('missing.safetensors')}'. ${HINT}`,
    ],
    [
      'a lexicon too',
      () => ['--language-model', 'english', '--lexicon', at('words.txt')],
      () => 'read: expected a lexicon or a language model, got both. A lexicon already says which words there are.',
    ],
  ])('%s is an error of the whole run', async (_, flags, message) => {
    const { code, stdout, stderr } = await read(...flags());
    expect(said(stderr)).toBe(`lexel: ${message()}\n`);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });
});

describe('loadLanguageModel', () => {
  test('takes the alphabet of the recogniser for a list of words', async () => {
    const model = await loadLanguageModel(at('words.txt'), 'abcdefghijklmnopqrstuvwxyz');
    expect(model.alphabet.text).toBe('abcdefghijklmnopqrstuvwxyz');
    expect(await loadLanguageModel('english', WORD_ALPHABET)).toBe(await englishLanguageModel());
  });

  test.each([
    [
      'a file that is not there',
      () => at('missing.safetensors'),
      "FILE: the language model cannot be read: ENOENT: no such file or directory, open 'FILE'",
      HINT,
      'NO_FILE',
    ],
    [
      'a model that reads words',
      () => wordSmall,
      'FILE: not a language model: its header does not say so',
      'Give a file that `lexel language-model` wrote, or "english".',
      'FORMAT',
    ],
    [
      'a list of words that is called otherwise',
      () => at('text.safetensors'),
      'FILE: not a valid safetensors file: expected at least 8 bytes, got 7 (at byte 0)',
      'The file is damaged or of another kind; download or export it again.',
      'FORMAT',
    ],
    [
      'a list that is not there',
      () => at('missing.txt'),
      "FILE: the list of words cannot be read: ENOENT: no such file or directory, open 'FILE'",
      'Give a file with one word a line, or english.',
      'NO_FILE',
    ],
    [
      'an empty list',
      () => at('empty.txt'),
      'FILE: expected one word a line, got an empty file',
      'Add words, one a line.',
      'FORMAT',
    ],
    [
      'a list of which no word can be spelt',
      () => at('foreign.txt'),
      "language model: expected at least one word of the alphabet's symbols, got none",
      `The alphabet is ${WORD_ALPHABET}.`,
      'ARGUMENT',
    ],
  ])('refuses %s', async (_, file, message, hint, code) => {
    await expect(loadLanguageModel(file(), WORD_ALPHABET)).rejects.toMatchObject({
      message: message.replaceAll('FILE', file()),
      hint,
      code,
    });
  });
});

describe('lexel eval --language-model', () => {
  test('scores with it, and says which it was', async () => {
    const run = async (...flags: string[]) => {
      const { code, stdout, stderr } = await lexel(['eval', folder, '--json', ...flags]);
      expect(code, stderr).toBe(0);
      return JSON.parse(stdout) as { wordAccuracy: number; languageModel?: unknown; lexicon?: unknown };
    };
    const without = await run();
    expect(without).toMatchObject({ images: 1, wordAccuracy: 0 });
    expect(without.languageModel).toBeUndefined();
    const { entries, order } = await englishLanguageModel();
    const got = await run('--language-model', 'english');
    expect(got).toMatchObject({ images: 1, wordAccuracy: 1 });
    expect(got.languageModel).toEqual({ name: 'english', entries, order });
    expect(got.lexicon).toBeUndefined();
    expect(entries).toBeGreaterThan(10_000);
    expect(order).toBeGreaterThan(3);
  });

  test('of a list, in words', async () => {
    const { code, stdout, stderr } = await lexel(['eval', folder, '--language-model', at('words.txt')]);
    expect(code, stderr).toBe(0);
    const { entries } = estimateLanguageModel(['PRANKS', 'FRANKS']);
    expect(stdout).toMatch(/^word accuracy +100\.00 %/m);
    const row = stdout.split('\n').find((line) => line.startsWith('language model '));
    expect(row?.replace(/ +/g, ' ').trim()).toBe(`language model ${at('words.txt')}, ${entries} probabilities`);
  });

  test('a lexicon too is refused', async () => {
    const flags = ['--lexicon', at('words.txt'), '--language-model', 'english'];
    const { code, stdout, stderr } = await lexel(['eval', folder, ...flags]);
    expect(stderr).toBe('lexel: eval: expected a lexicon or a language model, got both. Leave one of them out.\n');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  test('on pages the alphabet must be that of the lines', async () => {
    const page = { file: 'altered.png', kind: 'word', effect: 'none', lines: [] };
    writeFileSync(at('pages.json'), JSON.stringify([page]));
    const { code, stdout, stderr } = await lexel(['eval', folder, '--pages', '--language-model', 'english']);
    expect(said(stderr)).toBe(
      `lexel: read: the language model is of the alphabet "${WORD_ALPHABET}", the model reads ${JSON.stringify(LINE_ALPHABET)}. Estimate one with estimateLanguageModel(words, { alphabet }).\n`,
    );
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });
});
