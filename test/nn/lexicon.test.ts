/** The trie of a lexicon, and the exact search over it against scoring every word. */
import { expect, test } from 'vitest';
import { Alphabet, ctcLogProbability, Lexicon, lexiconSearch, logSoftmaxRows, Random } from '../../src/nn/index.ts';

const ABC = new Alphabet('ABCD');

/** Random log probabilities [frames, classes]; a larger spread makes surer frames. */
function rowsOf(random: Random, frames: number, spread: number, classes = ABC.classes): Float64Array {
  return logSoftmaxRows(
    Array.from({ length: frames * classes }, () => spread * random.normal()),
    classes,
  );
}

function randomWords(random: Random, count: number, most: number): string[] {
  const word = () =>
    Array.from({ length: 1 + (random.next() % most) }, () => ABC.symbols[random.next() % ABC.symbols.length]).join('');
  return Array.from({ length: count }, word);
}

test('holds its words once, in the order of the alphabet, and says what it left out', () => {
  const lexicon = Lexicon.from(['cab', 'AB', 'ab', 'A', 'x-ray', '', 'ABBA'], ABC);
  expect([...lexicon.words()]).toEqual(['A', 'AB', 'ABBA', 'CAB']);
  expect(lexicon.size).toBe(4);
  expect(lexicon.skipped).toBe(2);
  expect(['a', 'AB', 'cab', 'ABBA'].every((w) => lexicon.has(w))).toBe(true);
  expect(['', 'ABB', 'B', 'CABA', 'x-ray'].some((w) => lexicon.has(w))).toBe(false);
  // Prefixes are shared: the empty one, A, AB, ABB, ABBA, C, CA, CAB.
  expect(lexicon.nodes).toBe(8);
});

test('a lexicon without a word that the alphabet can spell is refused', () => {
  expect(() => Lexicon.from(['x', ''], ABC)).toThrow(
    "lexicon: expected at least one word of the alphabet's symbols, got 2 words of which none is",
  );
});

test.each([
  ['sure frames', 4],
  ['unsure frames', 1],
  ['frames that say nothing', 0.01],
])('finds the words that scoring every word finds: %s', (_, spread) => {
  const random = new Random(7);
  for (let round = 0; round < 20; round++) {
    const lexicon = Lexicon.from(randomWords(random, 60, 6), ABC);
    const rows = rowsOf(random, 4 + (random.next() % 8), spread);
    const scored = [...lexicon.words()]
      .map((word) => ({ word, score: ctcLogProbability(rows, ABC.classes, ABC.encode(word), ABC.blank) }))
      .filter((s) => s.score > Number.NEGATIVE_INFINITY)
      .sort((a, b) => b.score - a.score)
      .slice(0, 5);
    const found = lexiconSearch(rows, lexicon, { topK: 5 });
    expect(found.map((f) => ABC.decode(f.labels))).toEqual(scored.map((s) => s.word));
    found.forEach((f, i) => {
      expect(f.logProbability).toBeCloseTo(scored[i].score, 9);
    });
  }
});

test('words of which no double holds the probability are found all the same', () => {
  const frames = 60;
  const rows = Float64Array.from({ length: frames * ABC.classes }, (_, i) => (i % ABC.classes === 3 ? -0.001 : -30));
  const lexicon = Lexicon.from(['AB', 'BC', 'CA'], ABC);
  const [best] = lexiconSearch(rows, lexicon);
  const scores = ['AB', 'BC', 'CA'].map((w) => ctcLogProbability(rows, ABC.classes, ABC.encode(w), ABC.blank));
  expect(best.logProbability).toBeCloseTo(Math.max(...scores), 6);
  expect(best.logProbability).toBeLessThan(-700);
});

test('classes that are impossible in every frame are in no word found', () => {
  const random = new Random(3);
  const lexicon = Lexicon.from(randomWords(random, 80, 4), ABC);
  const rows = rowsOf(random, 10, 1).map((v, i) => (i % ABC.classes === 0 ? Number.NEGATIVE_INFINITY : v));
  const found = lexiconSearch(rows, lexicon, { topK: 50 });
  expect(found.length).toBeGreaterThan(0);
  expect(found.some((f) => f.labels.includes(0))).toBe(false);
});

test('the cutoff leaves out what is much less likely than the best', () => {
  const random = new Random(5);
  const lexicon = Lexicon.from(randomWords(random, 80, 4), ABC);
  const rows = rowsOf(random, 10, 2);
  const all = lexiconSearch(rows, lexicon, { topK: 20 });
  const few = lexiconSearch(rows, lexicon, { topK: 20, cutoff: 0.1 });
  const floor = all[0].logProbability + Math.log(0.1);
  expect(few).toEqual(all.filter((f) => f.logProbability >= floor));
  expect(few.length).toBeLessThan(all.length);
});
