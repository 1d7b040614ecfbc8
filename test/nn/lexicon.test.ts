import { describe, expect, test } from 'vitest';
import { ArgumentError } from '../../src/gpu/index.ts';
import {
  Alphabet,
  ctcLogProbability,
  decodeCtc,
  Lexicon,
  lexiconSearch,
  logSoftmaxRows,
  Random,
} from '../../src/nn/index.ts';
import { draw } from './enumerate.ts';

/** Words of random letters of the alphabet; short ones among them share many prefixes. */
function drawWords(count: number, alphabet: string, longest: number, seed: number): string[] {
  const rng = new Random(seed);
  return Array.from({ length: count }, () =>
    Array.from({ length: 1 + rng.below(longest) }, () => alphabet[rng.below(alphabet.length)]).join(''),
  );
}

/** Log probabilities that spell a word: most letters clear, some doubtful. */
function spelling(word: string, alphabet: Alphabet, T: number, seed: number): Float64Array {
  const rng = new Random(seed);
  const C = alphabet.classes;
  const logits = Float64Array.from({ length: T * C }, () => rng.normal());
  for (let t = 0; t < T; t++) logits[t * C + alphabet.blank] += 8;
  alphabet.encode(word).forEach((c, i) => {
    const t = Math.floor(((i + 0.5) * T) / word.length);
    logits[t * C + alphabet.blank] -= 8;
    logits[t * C + c] += rng.below(4) === 0 ? 2 : 9;
  });
  return logSoftmaxRows(logits, C);
}

describe('a lexicon', () => {
  test('holds its words once, in capitals, and no others', () => {
    const lexicon = Lexicon.from(['cat', 'CAR', 'cat', 'Cab', 'naïve', '', 'CARS']);
    expect([...lexicon.words()]).toEqual(['CAB', 'CAR', 'CARS', 'CAT']);
    expect([lexicon.size, lexicon.skipped, lexicon.nodes]).toEqual([4, 2, 7]);
    expect(['cat', 'CA', 'CARSE', 'x', 'naïve', 'cars'].map((w) => lexicon.has(w))).toEqual([
      true,
      false,
      false,
      false,
      false,
      true,
    ]);
  });

  test('keeps case where the alphabet has both', () => {
    const lexicon = Lexicon.from(['Ab', 'ab', 'AB'], 'aAbB');
    expect([...lexicon.words()]).toEqual(['ab', 'Ab', 'AB']);
  });

  test('holds what a set holds', () => {
    const words = drawWords(3000, 'ABCDE', 8, 5);
    const lexicon = Lexicon.from(words);
    expect([...lexicon.words()]).toEqual([...new Set(words)].sort());
    for (const w of drawWords(2000, 'ABCDE', 6, 6)) expect(lexicon.has(w), w).toBe(words.includes(w));
  });

  test('without a usable word is refused', () => {
    expect(() => Lexicon.from(['ä', ''])).toThrow(ArgumentError);
    expect(() => Lexicon.from(['ä', ''])).toThrow(
      "lexicon: expected at least one word of the alphabet's symbols, got 2 words of which none is",
    );
  });

  test('of over 100,000 words is built in under a second of processor time, and small', () => {
    const words = drawWords(140_000, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 9, 1);
    const start = process.cpuUsage();
    const lexicon = Lexicon.from(words);
    const { user } = process.cpuUsage(start);
    console.log(
      `lexicon of ${lexicon.size} words: ${(user / 1000).toFixed(0)} ms, ${lexicon.nodes} nodes, ${lexicon.sizeBytes} bytes`,
    );
    expect(lexicon.size).toBeGreaterThan(100_000);
    expect(user / 1e6).toBeLessThan(1);
    expect(lexicon.sizeBytes).toBe(4 + lexicon.nodes * 7);
  });
});

describe('the search', () => {
  test.each([0, 1, 2, 3, 4, 5])('gives every word the score of CTC, in its order (seed %d)', (seed) => {
    const alphabet = new Alphabet('ABC');
    const lexicon = Lexicon.from(drawWords(60, 'ABC', 6, seed), alphabet);
    const rows = draw(8, 4, 100 + seed, 3);
    const want = [...lexicon.words()]
      .map((word) => ({ word, log: ctcLogProbability(rows, 4, alphabet.encode(word), alphabet.blank) }))
      .filter((w) => w.log > Number.NEGATIVE_INFINITY)
      .sort((a, b) => b.log - a.log);
    for (const topK of [1, 3, 1000]) {
      const got = lexiconSearch(rows, lexicon, { topK });
      expect(got.map((r) => alphabet.decode(r.labels))).toEqual(want.slice(0, topK).map((w) => w.word));
      got.forEach((r, i) => {
        expect(r.logProbability).toBeCloseTo(want[i].log, 8);
      });
    }
    const cutoff = 0.05;
    expect(lexiconSearch(rows, lexicon, { topK: 1000, cutoff })).toHaveLength(
      want.filter((w) => w.log >= want[0].log + Math.log(cutoff)).length,
    );
  });

  test('always gives a word of the lexicon, however unlikely', () => {
    const alphabet = new Alphabet();
    const lexicon = Lexicon.from(['ZEBRO', 'YUK'], alphabet);
    // Each of 64 frames is sure of an A: no double holds the probability of ZEBRO, and only ZEBRO and YUK may be said.
    const rows = logSoftmaxRows(
      Float64Array.from({ length: 64 * 37 }, (_, i) => (i % 37 === 10 ? 60 : 0)),
      37,
    );
    const [first, second] = lexiconSearch(rows, lexicon, { topK: 2 });
    for (const r of [first, second]) {
      const log = ctcLogProbability(rows, 37, [...r.labels], 36);
      expect(log).toBeLessThan(-1500);
      expect(r.logProbability).toBeCloseTo(log, 6);
    }
    expect(first.logProbability).toBeGreaterThanOrEqual(second.logProbability);
    for (let seed = 0; seed < 50; seed++)
      expect(lexicon.has(alphabet.decode(decodeCtc(draw(12, 37, seed, 4), alphabet, { lexicon }).labels))).toBe(true);
  });

  test('gives nothing where no word fits into the frames', () => {
    const lexicon = Lexicon.from(['AAAA']);
    expect(lexiconSearch(draw(6, 37, 1), lexicon)).toEqual([]);
    const none = decodeCtc(draw(6, 37, 1), lexicon.alphabet, { lexicon });
    expect(none).toEqual({ labels: [], confidence: 0, readings: [] });
  });

  test('among over 100,000 words takes a few milliseconds', () => {
    const alphabet = new Alphabet();
    const words = [...new Set(drawWords(140_000, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 9, 1))].filter((w) => w.length > 3);
    const lexicon = Lexicon.from(words, alphabet);
    const times = Array.from({ length: 60 }, (_, k) => {
      const word = words[k * 1000];
      const rows = spelling(word, alphabet, 32, k);
      const start = process.cpuUsage();
      decodeCtc(rows, alphabet, { lexicon });
      return process.cpuUsage(start).user / 1000;
    }).sort((a, b) => a - b);
    console.log(`search: median ${times[30].toFixed(2)} ms, slowest ${times[59].toFixed(1)} ms`);
    expect(times[30]).toBeLessThan(5);
  });

  test('a text outside the lexicon is given only where it is likelier by the factor', () => {
    const alphabet = new Alphabet();
    const lexicon = Lexicon.from(['HOUSE', 'MOUSE']);
    const rows = spelling('QUARTZ', alphabet, 32, 3);
    const strict = decodeCtc(rows, alphabet, { lexicon, topK: 2 });
    expect(lexicon.has(alphabet.decode(strict.labels))).toBe(true);
    const loose = decodeCtc(rows, alphabet, { lexicon, outsideFactor: 3000, topK: 2 });
    expect(alphabet.decode(loose.labels)).toBe('QUARTZ');
    expect(loose.readings.map((r) => alphabet.decode(r.labels))[1]).toBe(alphabet.decode(strict.labels));
    const ratio = Math.exp(loose.readings[0].logProbability - strict.readings[0].logProbability);
    expect(alphabet.decode(decodeCtc(rows, alphabet, { lexicon, outsideFactor: 2 * ratio }).labels)).toBe(
      alphabet.decode(strict.labels),
    );
    const known = spelling('MOUSE', alphabet, 32, 3);
    expect(alphabet.decode(decodeCtc(known, alphabet, { lexicon, outsideFactor: 3000 }).labels)).toBe('MOUSE');
  });
});
