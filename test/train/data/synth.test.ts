import jpegJs from 'jpeg-js';
import { describe, expect, it } from 'vitest';
import {
  DataError,
  DEFAULT_SYNTH,
  FontLibrary,
  filterWords,
  isHoldout,
  loadWords,
  measureImage,
  Random,
  renderWord,
  SYNTH_ALPHABET,
  SynthRenderer,
  SynthStream,
  sampleWord,
  statsTable,
  synthSetup,
} from '../../../src/train/data/index.ts';
import { jpegRoundTrip } from '../../../src/train/data/synth/degrade.ts';
import { expandDictionary } from '../../../src/train/data/synth/words.ts';

const SIZE = { width: 128, height: 32 };

describe('Random', () => {
  it('depends on seed and index only', () => {
    const draws = (seed: number, index: number) =>
      Array.from(
        { length: 4 },
        (
          (r) => () =>
            r.float()
        )(new Random(seed, index)),
      );
    expect(draws(1, 5)).toEqual(draws(1, 5));
    expect(draws(1, 5)).not.toEqual(draws(1, 6));
    expect(draws(1, 5)).not.toEqual(draws(2, 5));
    expect(draws(1, 5)).not.toEqual(draws(1, 5 + 2 ** 32));
  });

  it('is uniform over indexes: first draws of 4000 neighbours fill ten bins within 4 sigma', () => {
    const bins = new Array<number>(10).fill(0);
    for (let i = 0; i < 4000; i++) bins[Math.floor(new Random(7, i).float() * 10)]++;
    // Binomial(4000, 0.1): sigma 19.
    for (const n of bins) expect(Math.abs(n - 400)).toBeLessThan(76);
  });
});

describe('words', () => {
  it('expands suffixes, prefixes and both together', () => {
    const aff = 'PFX U Y 1\nPFX U 0 un .\nSFX D Y 2\nSFX D 0 d e\nSFX D y ied [^aeiou]y\n';
    const forms = expandDictionary(aff, '3\nlace/UD\ntidy/D\nbad/!\n');
    expect([...forms].sort()).toEqual(['lace', 'laced', 'tidied', 'tidy', 'unlace', 'unlaced']);
  });

  it('loads about 104,000 English forms, sorted, upper case, without repeats', async () => {
    const words = await loadWords();
    expect(words.length).toBeGreaterThan(90_000);
    expect(words.length).toBeLessThan(120_000);
    expect(words).toEqual([...new Set(words)].sort());
    for (const word of ['MONIKER', 'FIRESTORM', 'CHIRPIEST', 'SLINKING', 'MARKDOWNS']) expect(words).toContain(word);
    expect(words.every((w) => /^[A-Z]+$/.test(w))).toBe(true);
  });

  it('samples within the length bounds, with the asked share of digits', async () => {
    const words = filterWords(await loadWords(), 4, 12, SYNTH_ALPHABET);
    const limits = { minLength: 4, maxLength: 12, digitShare: 0.1 };
    const drawn = Array.from({ length: 2000 }, (_, i) => sampleWord(new Random(3, i), words, limits));
    expect(drawn.every((w) => w.length >= 4 && w.length <= 12 && /^[0-9A-Z]+$/.test(w))).toBe(true);
    const digits = drawn.filter((w) => /\d/.test(w)).length;
    // Binomial(2000, 0.1): sigma 13.4.
    expect(Math.abs(digits - 200)).toBeLessThan(54);
  });

  it('says when no word fits', () => {
    expect(() => filterWords(['CAT'], 4, 12, SYNTH_ALPHABET)).toThrow(DataError);
    expect(() => filterWords(['CATS'], 4, 12, '0123')).toThrow(/No word/);
  });
});

describe('fonts', () => {
  it('without any, the error names the packages', () => {
    expect(() => new FontLibrary('train', ['no-such', 'nor-this', 'held'], (name) => name === 'held')).toThrow(
      'None of the 2 font families of the "train" split is installed (more give more varied words): run `npm install @fontsource/no-such @fontsource/nor-this`.',
    );
  });

  it('keeps held-out families apart from training families', () => {
    const train = new FontLibrary('train').families.map((faces) => faces[0]?.family ?? '');
    const holdout = new FontLibrary('holdout').families.map((faces) => faces[0]?.family ?? '');
    expect(train.length + holdout.length).toBe(new FontLibrary('all').families.length);
    expect(holdout.length).toBeGreaterThan(3);
    expect(holdout.every(isHoldout)).toBe(true);
    expect(train.some(isHoldout)).toBe(false);
  });
});

describe('renderWord', () => {
  const fonts = new FontLibrary('train');

  it('gives the same pixels for the same seed and index, other pixels for another', () => {
    const draw = (index: number) => renderWord({ word: 'Engine', seed: 9, index, fonts });
    expect(draw(4)).toEqual(draw(4));
    expect(draw(4).grey).not.toEqual(draw(5).grey);
    expect(draw(4).label).toBe('ENGINE');
  });

  it('is 31 or 32 pixels high, with letters from left to right inside or near the crop', () => {
    for (let index = 0; index < 60; index++) {
      const { width, height, grey, chars } = renderWord({ word: 'LEXICON', seed: 2, index, fonts, chars: true });
      expect([31, 32]).toContain(height);
      expect(grey.length).toBe(width * height);
      expect(renderWord({ word: 'LEXICON', seed: 2, index, fonts }).grey).toEqual(grey);
      expect(chars?.length).toBe(7);
      for (const [i, { x0, x1 }] of (chars ?? []).entries()) {
        expect(x1).toBeGreaterThan(x0);
        expect(x0).toBeGreaterThan((chars?.[i - 1]?.x0 ?? -20) - 1e-3);
        expect(x1).toBeLessThan(width + 20);
      }
    }
  });

  it('is never blank', () => {
    for (let index = 0; index < 60; index++) {
      const sample = renderWord({ word: 'BLANK', seed: 5, index, fonts });
      expect(measureImage(sample).greyDeviation).toBeGreaterThan(1);
    }
  });

  it('follows its parameters: height and margins', () => {
    const params = { ...DEFAULT_SYNTH, tallerShare: 1, marginLeft: 0.6, marginDeviation: 0 };
    for (let index = 0; index < 20; index++) {
      const wide = renderWord({ word: 'PARAMETER', seed: 1, index, fonts, params });
      const tight = renderWord({ word: 'PARAMETER', seed: 1, index, fonts, params: { ...params, marginLeft: 0 } });
      expect(wide.height).toBe(32);
      expect(wide.width).toBeGreaterThan(tight.width);
    }
  });
});

describe('jpegRoundTrip', () => {
  it('equals a real grey JPEG within 2 levels at qualities 40, 75 and 95', () => {
    const [width, height] = [45, 31];
    const random = new Random(1);
    const grey = Float32Array.from(
      { length: width * height },
      (_, i) => 128 + 90 * Math.sin(i / 5) + 10 * random.normal(),
    );
    const clipped = grey.map((v) => Math.max(0, Math.min(255, Math.round(v))));
    const rgba = Uint8Array.from({ length: width * height * 4 }, (_, i) =>
      i % 4 === 3 ? 255 : (clipped[i >> 2] ?? 0),
    );
    for (const quality of [40, 75, 95]) {
      const ours = jpegRoundTrip(grey, width, height, quality);
      const theirs = jpegJs.decode(jpegJs.encode({ data: rgba, width, height }, quality).data, {
        useTArray: true,
      }).data;
      let sum = 0;
      for (let i = 0; i < ours.length; i++) sum += Math.abs((ours[i] ?? 0) - (theirs[i * 4] ?? 0));
      expect(sum / ours.length).toBeLessThan(1);
    }
  });
});

describe('statistics', () => {
  it('of 300 generated words stay near the real crops (medians, GENERATOR.md)', async () => {
    const renderer = await SynthRenderer.create(synthSetup({ seed: 11, ...SIZE }));
    const table = statsTable(Array.from({ length: 300 }, (_, i) => renderer.sample(i)));
    const median = Object.fromEntries(table.map((row) => [row.figure, row.percentiles[3] ?? Number.NaN]));
    // Real medians 117, 29, 7.6, 7.7, 0.6, 4, 28, 5, 124, 111; the bands are about a quarter of the real spread.
    const bands: Record<string, [number, number]> = {
      greyMean: [95, 140],
      greyDeviation: [22, 38],
      gradientX: [5.5, 10],
      gradientY: [5.5, 10],
      laplacian: [0.45, 0.75],
      firstRow: [2, 6],
      lastRow: [26, 30],
      firstColumn: [3, 8],
      lastColumn: [121, 126],
      width: [95, 130],
    };
    for (const [figure, [low, high]] of Object.entries(bands)) {
      expect(median[figure], figure).toBeGreaterThanOrEqual(low);
      expect(median[figure], figure).toBeLessThanOrEqual(high);
    }
  });
});

describe('SynthRenderer and SynthStream', () => {
  it('sample i does not depend on order', async () => {
    const renderer = await SynthRenderer.create(synthSetup({ seed: 4, ...SIZE }));
    const forward = [0, 1, 2, 3].map((i) => renderer.sample(i));
    const backward = [3, 2, 1, 0].map((i) => renderer.sample(i)).reverse();
    expect(backward).toEqual(forward);
  });

  it('workers give the same words and pixels as a direct render, across recycling and jumps', async () => {
    const options = { seed: 21, ...SIZE, workers: 1, aheadBatches: 2, recycleAfter: 32 };
    const stream = new SynthStream(options);
    try {
      const renderer = await SynthRenderer.create(synthSetup(options));
      for (const start of [0, 8, 16, 24, 400, 8]) {
        const got = await stream.batch(start, 8);
        const want = renderer.batch(start, 8);
        expect(got.labels).toEqual(want.labels);
        expect(Buffer.compare(got.images, want.images)).toBe(0);
      }
    } finally {
      await stream.close();
    }
    await expect(stream.batch(0, 8)).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('reports what a worker could not do', async () => {
    const stream = new SynthStream({ seed: 1, ...SIZE, workers: 1, alphabet: '0', aheadBatches: 0 });
    try {
      await expect(stream.batch(0, 2)).rejects.toMatchObject({ code: 'NO_WORDS', message: /^No word of 4 to 12/ });
    } finally {
      await stream.close();
    }
    // @ts-expect-error: a fault of the renderer, with its stack.
    const faulty = new SynthStream({ seed: 1, ...SIZE, workers: 1, alphabet: 7, aheadBatches: 0 });
    try {
      const message = /^The word renderer reports: TypeError: .*\n +at /;
      await expect(faulty.batch(0, 2)).rejects.toMatchObject({ code: 'WORKER_FAILED', message });
    } finally {
      await faulty.close();
    }
  });

  it('refuses impossible options', () => {
    expect(() => synthSetup({ seed: 1, width: 0, height: 32 })).toThrow(/width/);
    expect(() => synthSetup({ seed: 1, ...SIZE, minLength: 5, maxLength: 4 })).toThrow(/maxLength/);
  });
});
