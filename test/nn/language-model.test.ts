import { describe, expect, test } from 'vitest';
import {
  Alphabet,
  beamSearch,
  decodeCtc,
  estimateLanguageModel,
  LanguageModel,
  Lexicon,
  readyOptions,
  writeLanguageModel,
  writeSafetensors,
} from '../../src/nn/index.ts';
import { draw, enumerate } from './enumerate.ts';

const WORDS = ['ABBA', 'BABA', 'ABC', 'CAB', 'CABBAC', 'BAA', 'ABBA', 'ACB', 'BBAC'];
const alphabet = new Alphabet('ABC');
/** Half a step of the stored logarithms. */
const ROUNDING = 1 / 32;

/** Witten-Bell written down for strings: `^` begins a word, `$` ends it. */
function wittenBell(context: string, symbol: string): number {
  const text = WORDS.map((w) => `^${w}$`);
  const after = (c: string): string[] =>
    text.flatMap((w) =>
      [...w].flatMap((s, i) => (i > 0 && i >= c.length && w.slice(i - c.length, i) === c ? [s] : [])),
    );
  const seen = after(context);
  const count = seen.filter((s) => s === symbol).length;
  if (context === '') return (count + 0.5) / (seen.length + 0.5 * 4);
  const kinds = new Set(seen).size;
  return (count + kinds * wittenBell(context.slice(1), symbol)) / (seen.length + kinds);
}

/** The longest context that the words have, in which an unpruned model answers. */
function longest(context: string): string {
  return context === '' || WORDS.some((w) => `^${w}`.includes(context)) ? context : longest(context.slice(1));
}

/** What a model says of each label and of the end, after a prefix. */
function following(model: LanguageModel, prefix: readonly number[]): number[] {
  const scorer = model.weighed({ weight: 1, perLetter: 0, open: 0 }).scorer();
  const state = prefix.reduce((s, label) => scorer.extend(s, label), scorer.root);
  const logs = [0, 1, 2].map((label) => scorer.extend(state, label).bonus - state.bonus);
  return [...logs, scorer.finish(state) - state.bonus].map(Math.exp);
}

const PREFIXES = [[], [0], [0, 1], [1, 1, 0], [2, 2, 2, 2], [2, 0, 1, 1, 0, 2], [1, 2, 1, 2]];

describe('estimating', () => {
  const model = estimateLanguageModel(WORDS, { alphabet, order: 3, entries: 1000 });

  test.each(PREFIXES.map((p) => [alphabet.decode(p), p] as const))(
    'after "%s" as Witten and Bell have it',
    (text, prefix) => {
      const context = longest(`^${text}`.slice(-2));
      [...'ABC$'].forEach((symbol, i) => {
        const off = Math.abs(Math.log(following(model, prefix)[i] / wittenBell(context, symbol)));
        // What a context has not seen shares what the rounded probabilities of the others leave: a difference, and less exact.
        const seen = WORDS.some((w) => `^${w}$`.includes(context + symbol));
        expect(off, symbol).toBeLessThan(seen ? ROUNDING + 1e-9 : 0.35);
      });
    },
  );

  test.each([1000, 20, 12, 4])('with room for %i entries probabilities add up to 1', (entries) => {
    const small = estimateLanguageModel(WORDS, { alphabet, order: 3, entries });
    expect(small.entries).toBeLessThanOrEqual(entries);
    expect(small.entries).toBeGreaterThanOrEqual(Math.min(entries, 4));
    for (const prefix of PREFIXES) {
      const sum = following(small, prefix).reduce((a, b) => a + b, 0);
      expect(Math.abs(sum - 1), alphabet.decode(prefix)).toBeLessThan(2 * ROUNDING);
    }
  });

  test('what is kept says most: more entries foretell the words better', () => {
    const cost = (entries: number) => {
      const m = estimateLanguageModel(WORDS, { alphabet, order: 4, entries });
      return -WORDS.reduce((sum, w) => sum + m.logProbability(w), 0);
    };
    const costs = [4, 10, 20, 1000].map(cost);
    for (let i = 1; i < costs.length; i++) expect(costs[i]).toBeLessThan(costs[i - 1] - 0.5);
  });

  test('a word that stands twice counts twice', () => {
    const once = estimateLanguageModel(['AB', 'AC'], { alphabet });
    const twice = estimateLanguageModel(['AB', 'AC', 'AC'], { alphabet });
    expect(once.logProbability('AC')).toBeCloseTo(once.logProbability('AB'), 9);
    expect(twice.logProbability('AC')).toBeGreaterThan(twice.logProbability('AB') + 0.3);
  });

  test('lower case is folded as the alphabet does, other words are left out', () => {
    const plain = estimateLanguageModel(['ABC'], { alphabet });
    const mixed = estimateLanguageModel(['abc', 'DEF', ''], { alphabet });
    expect(mixed.grams).toEqual(plain.grams);
  });

  test('of single letters too', () => {
    const single = estimateLanguageModel(WORDS, { alphabet, order: 1 });
    expect([single.order, single.entries]).toEqual([1, 4]);
    expect(LanguageModel.read(writeLanguageModel(single)).logProbability('ABC')).toBe(single.logProbability('ABC'));
  });

  test('refuses what it cannot use', () => {
    const many = (n: number) => new Alphabet(String.fromCharCode(...Array.from({ length: n }, (_, i) => 0x4e00 + i)));
    expect(() => estimateLanguageModel(['\u4e00'], { alphabet: many(251) })).toThrow(
      'language model: expected an alphabet of at most 250 symbols, got 251: a label is stored in a byte',
    );
    const most = estimateLanguageModel(['\u4e00\u4ef9'], { alphabet: many(250) });
    expect(LanguageModel.read(writeLanguageModel(most)).grams).toEqual(most.grams);
    expect(() => estimateLanguageModel(['XYZ'], { alphabet })).toThrow(
      "language model: expected at least one word of the alphabet's symbols, got none",
    );
    expect(() => estimateLanguageModel(WORDS, { alphabet, order: 0 })).toThrow(
      'language model: expected an order from 1 to 16, got 0',
    );
    expect(() => estimateLanguageModel(WORDS, { alphabet, entries: 3 })).toThrow(
      'language model: expected at least 4 entries, one for each symbol and the end of a word, got 3',
    );
  });
});

describe('weighing', () => {
  const model = estimateLanguageModel(WORDS, { alphabet, order: 3 });

  test('log probability and letters, as the weights say', () => {
    const scorer = model.weighed({ weight: 0.5, perLetter: 2, open: 0 }).scorer();
    const state = [0, 1, 2].reduce((s, label) => scorer.extend(s, label), scorer.root);
    expect(scorer.finish(state)).toBeCloseTo(0.5 * model.logProbability('ABC') + 2 * 3, 9);
  });

  test('with an open share no text is worse than its letters by chance', () => {
    const scorer = model.weighed({ weight: 1, perLetter: 0, open: 0.25 }).scorer();
    const text = [2, 2, 2, 2, 2, 2, 2, 2];
    const state = text.reduce((s, label) => scorer.extend(s, label), scorer.root);
    const chance = Math.log(0.25) - (text.length + 1) * Math.log(4);
    expect(model.logProbability('CCCCCCCC')).toBeLessThan(chance - 3);
    expect(scorer.finish(state)).toBeGreaterThanOrEqual(chance);
    expect(scorer.finish(state)).toBeLessThan(chance + 0.1);
  });

  test.each([{ weight: -1 }, { weight: Number.NaN }, { perLetter: Number.POSITIVE_INFINITY }, { open: 1.5 }])(
    '%j is refused',
    (weights) => {
      expect(() => model.weighed(weights)).toThrow(
        'language model: expected a weight from 0, a finite number a letter and an open share from 0 to 1, got',
      );
    },
  );
});

describe('searching', () => {
  const model = estimateLanguageModel(WORDS, { alphabet, order: 3 });

  test.each([1, 2, 3, 4])('a beam as wide as there are prefixes is exact (seed %i)', (seed) => {
    const [T, C, blank] = [5, 4, 3];
    const rows = draw(T, C, seed);
    const scorer = model.scorer();
    const scoreOf = (labels: readonly number[], p: number) =>
      Math.log(p) + scorer.finish(labels.reduce((s, label) => scorer.extend(s, label), scorer.root));
    const want = [...enumerate(rows, T, C, blank)]
      .map(([text, p]) => {
        const labels = text === '' ? [] : text.split(',').map(Number);
        return { text, score: scoreOf(labels, p), p };
      })
      .sort((a, b) => b.score - a.score);
    const got = beamSearch(rows, C, { blank, beamWidth: 10_000, topK: 10_000, scorer });
    expect(got).toHaveLength(want.length);
    got.forEach((r, k) => {
      expect(r.labels.join(), `rank ${k}`).toBe(want[k].text);
      expect(r.score).toBeCloseTo(want[k].score, 9);
      expect(r.logProbability).toBeCloseTo(Math.log(want[k].p), 9);
    });
    // The usual width finds the best of them too.
    expect(beamSearch(rows, C, { blank, beamWidth: 16, scorer })[0].labels.join()).toBe(want[0].text);
  });

  test('letters below the cutoff are not tried', () => {
    const rows = Float64Array.of(0.9, 0.1, 1e-9, 1e-9).map(Math.log);
    const all = beamSearch(rows, 4, { blank: 3, topK: 9 });
    expect(all.map((r) => r.labels.join())).toEqual(['0', '1', '2', ''].sort((a, b) => order(a) - order(b)));
    const few = beamSearch(rows, 4, { blank: 3, topK: 9, cutoff: -7 });
    expect(few.map((r) => r.labels.join()).filter((l) => l !== '')).toEqual(['0', '1']);
    function order(label: string): number {
      return all.findIndex((r) => r.labels.join() === label);
    }
  });

  test('what is hardly seen goes by the language, what is seen well does not', () => {
    const english = estimateLanguageModel(['CAB', 'CAB', 'CAB', 'ABC'], { alphabet });
    // C, then A or C, then B: as good as undecided, or nine to one against the word.
    const rows = (a: number, c: number) =>
      Float64Array.of(0.01, 0.01, 0.97, 0.01, a, 0.01, c, 0.01, 0.01, 0.97, 0.01, 0.01).map(Math.log);
    const text = (r: Float64Array) => alphabet.decode(decodeCtc(r, alphabet, { languageModel: english }).labels);
    const narrow = rows(0.45, 0.53);
    // Without it, and without a blank between, the two Cs are one.
    expect(alphabet.decode(decodeCtc(narrow, alphabet).labels)).toBe('CB');
    expect(text(narrow)).toBe('CAB');
    expect(text(rows(0.0005, 0.9795))).toBe('CB');
  });

  test('the confidence is a share: surer where rivals are further off', () => {
    const rows = (p: number) => Float64Array.of(p, 0.98 - p, 0.01, 0.01, 0.01, 0.01, 0.01, 0.97).map(Math.log);
    const sure = decodeCtc(rows(0.97), alphabet, { languageModel: model, topK: 3 });
    const torn = decodeCtc(rows(0.5), alphabet, { languageModel: model, topK: 3 });
    expect(sure.confidence).toBeGreaterThan(torn.confidence + 0.1);
    expect(sure.confidence).toBeLessThanOrEqual(1);
    expect(torn.readings).toHaveLength(3);
    expect(torn.readings[0].labels).toEqual(torn.labels);
  });

  test('a text that the network hardly sees is not sure, though nothing rivals it', () => {
    const even = Float64Array.from({ length: 4 * 4 }, () => Math.log(0.25));
    const { confidence, readings } = decodeCtc(even, alphabet, { languageModel: model });
    expect(confidence).toBeLessThan(Math.exp(0.1 * readings[0].logProbability));
  });

  test.each([
    ['deutsch', '"deutsch"'],
    [{}, '{}'],
    ['', '""'],
    [false, 'false'],
  ])('%j is none', (given, shown) => {
    expect(() => readyOptions({ languageModel: given as unknown as LanguageModel }, alphabet)).toThrow(
      `read: languageModel must be "english" or a LanguageModel, got ${shown}`,
    );
  });

  test('fits one alphabet, and no lexicon beside it', () => {
    expect(() => readyOptions({ languageModel: model }, new Alphabet())).toThrow(
      'read: the language model is of the alphabet "ABC", the model reads "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"',
    );
    expect(() => readyOptions({ languageModel: model, lexicon: Lexicon.from(['AB'], alphabet) }, alphabet)).toThrow(
      'read: expected a lexicon or a language model, got both',
    );
  });
});

describe('the file', () => {
  const model = estimateLanguageModel(WORDS, { alphabet, order: 4 });
  const bytes = writeLanguageModel(model);

  test('comes back as it was', () => {
    const back = LanguageModel.read(bytes);
    expect(back.grams).toEqual(model.grams);
    expect([back.alphabet.text, back.order, back.entries]).toEqual(['ABC', 4, model.entries]);
    for (const word of [...WORDS, 'CCC', 'A']) expect(back.logProbability(word)).toBe(model.logProbability(word));
    expect(() => back.logProbability('XY')).toThrow('"X" is not in the alphabet');
  });

  /** The file with other metadata or other bytes in its tensor. */
  function changed(metadata: Record<string, string>, change: (bytes: Uint8Array) => void = () => {}): Uint8Array {
    const nodes = model.grams.labels.length;
    const data = new Uint32Array(Math.ceil((3 * nodes) / 4));
    const { children, labels, costs } = model.grams;
    const own = new Uint8Array(data.buffer);
    for (let n = 0; n < nodes; n++) own[n] = children[n + 1] - children[n];
    own.set(labels, nodes);
    own.set(costs, 2 * nodes);
    change(own);
    const all = { lexel_language_model: '1', alphabet: 'ABC', nodes: String(nodes), ...metadata };
    return writeSafetensors({ tensors: new Map([['grams', { shape: [data.length], data }]]), metadata: all });
  }

  test('is what it seems: unchanged parts read', () => {
    expect(LanguageModel.read(changed({})).grams).toEqual(model.grams);
  });

  test.each([
    ['another kind', changed({ lexel_language_model: '2' }), 'x: not a language model: its header does not say so'],
    [
      'a count that does not fit',
      changed({ nodes: '7' }),
      'x: not a language model: its tensor does not have the size',
    ],
    [
      'an alphabet of fewer symbols',
      changed({ alphabet: 'AB' }),
      'x: not a language model: its alphabet is not the one of its nodes',
    ],
    [
      'an alphabet of more',
      changed({ alphabet: 'ABCDE' }),
      'x: not a language model: its alphabet is not the one of its nodes',
    ],
    [
      'an alphabet that is none',
      changed({ alphabet: 'AA' }),
      'x: not a language model: its alphabet is not the one of its nodes',
    ],
    ['no count', changed({ nodes: 'many' }), 'x: not a language model: its tensor does not have the size'],
    ['a child too many', changed({}, (b) => b[0]++), 'x: not a language model: its nodes have'],
    [
      'children before their parent',
      changed({}, (b) => {
        b[b.length > 3 ? 1 : 0] += b[0];
        b[0] = 0;
      }),
      'x: not a language model: node 1 has children that stand before it',
    ],
  ])('refuses %s', (_, file, text) => {
    expect(() => LanguageModel.read(file, 'x')).toThrow(text);
  });

  test('refuses half of itself', () => {
    expect(() => LanguageModel.read(bytes.subarray(0, bytes.length / 2), 'x')).toThrow(
      'x: not a valid safetensors file',
    );
  });
});
