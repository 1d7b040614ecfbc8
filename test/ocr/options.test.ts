import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Device, DeviceLostError } from '../../src/gpu/index.ts';
import {
  createRecognizer,
  Lexicon,
  type Progress,
  type Reading,
  Recognizer,
  type RecognizerOptions,
  writeModel,
} from '../../src/ocr/index.ts';
import { info, noise, randomModel } from './model.ts';

const words = new URL('../fixtures/words/', import.meta.url);
const pranks = new Uint8Array(await readFile(new URL('pranks.png', words)));
const speakers = new Uint8Array(await readFile(new URL('speakers.png', words)));

let device: Device;
let ocr: Recognizer;

beforeAll(async () => {
  device = await Device.create();
  ocr = await createRecognizer({ device });
});
afterAll(async () => {
  await ocr.dispose();
  device.dispose();
});

describe('what a reading holds', () => {
  test('characters with their confidence, box and alternatives, left to right', async () => {
    const { text, confidence, chars, timing, posteriors } = await ocr.read(pranks);
    expect(text).toBe('PRANKS');
    expect(confidence).toBeGreaterThan(0.8);
    expect(chars.map((c) => c.text).join('')).toBe(text);
    chars.forEach((c, i) => {
      expect(c.box.width).toBeGreaterThan(1);
      if (i > 0) expect(c.box.x).toBeCloseTo(chars[i - 1].box.x + chars[i - 1].box.width, 6);
      const all = c.alternatives.reduce((sum, a) => sum + a.confidence, c.confidence);
      expect(all).toBeLessThanOrEqual(1 + 1e-9);
      expect(c.alternatives.map((a) => a.text)).not.toContain(c.text);
      expect(c.alternatives.map((a) => a.confidence)).toEqual(
        c.alternatives.map((a) => a.confidence).sort((a, b) => b - a),
      );
    });
    for (const ms of Object.values(timing)) expect(ms).toBeGreaterThanOrEqual(0);
    expect(posteriors).toBeUndefined();
  });

  test('the likeliest texts, best first, the first being the text', async () => {
    const { text, confidence, alternatives } = await ocr.read(pranks, { topK: 4, beamWidth: 32 });
    expect(alternatives).toHaveLength(4);
    expect(alternatives[0].text).toBe(text);
    expect(alternatives[0].probability).toBeCloseTo(confidence, 12);
    const p = alternatives.map((a) => a.probability);
    expect(p).toEqual([...p].sort((a, b) => b - a));
    expect(p.reduce((a, b) => a + b, 0)).toBeLessThanOrEqual(1 + 1e-9);
    expect((await ocr.read(pranks)).alternatives).toHaveLength(1);
  });

  test('the probabilities by time step, where asked for', async () => {
    const { posteriors } = await ocr.read(pranks, { posteriors: true });
    expect([posteriors?.steps, posteriors?.classes, posteriors?.data.length]).toEqual([32, 37, 32 * 37]);
    expect(posteriors?.symbols.at(-1)).toBe('');
    for (let t = 0; t < 32; t++)
      expect(posteriors?.data.subarray(37 * t, 37 * (t + 1)).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 4);
  });
});

describe('what may be read', () => {
  test('only words of the lexicon, a list or built', async () => {
    const list = ['pranks', 'planks', 'tanks'];
    const { text, alternatives } = await ocr.read(pranks, { lexicon: list, topK: 3 });
    expect(text).toBe('PRANKS');
    expect(alternatives[0].text).toBe('PRANKS');
    const without = await ocr.read(pranks, { lexicon: Lexicon.from(['PLANKS', 'HOUSE']) });
    expect(without.text).toBe('PLANKS');
    const loose = await ocr.read(pranks, { lexicon: ['PLANKS', 'HOUSE'], outsideFactor: 2 });
    expect(loose.text).toBe('PRANKS');
    for (let seed = 0; seed < 5; seed++)
      expect(list).toContain((await ocr.read(noise(seed, 90, 30), { lexicon: list })).text.toLowerCase());
  });

  test('nothing, where no word of the lexicon fits', async () => {
    const long = 'A'.repeat(40);
    expect(await ocr.read(pranks, { lexicon: [long] })).toMatchObject({
      text: '',
      confidence: 0,
      chars: [],
      alternatives: [],
    });
  });

  test('only symbols of the alphabet given', async () => {
    for (let seed = 0; seed < 5; seed++)
      expect((await ocr.read(noise(seed, 90, 30), { alphabet: '0123456789' })).text).toMatch(/^\d*$/);
    expect((await ocr.read(pranks, { alphabet: 'aknprs' })).text).toBe('PRANKS');
    expect((await ocr.read(pranks, { alphabet: 'ABC', topK: 3 })).alternatives.map((a) => a.text).join('')).toMatch(
      /^[ABC]*$/,
    );
  });

  test.each([
    ['no readings', { topK: 0 }, 'read: topK must be a whole number from 1 up, got 0'],
    ['half a prefix', { beamWidth: 1.5 }, 'read: beamWidth must be a whole number from 1 up, got 1.5'],
    ['a factor below 1', { outsideFactor: 0.5 }, 'read: outsideFactor must be at least 1, got 0.5'],
    ['an empty alphabet', { alphabet: '' }, 'read: alphabet must hold at least one symbol, got none'],
    [
      'a symbol that the model does not know',
      { alphabet: 'é' },
      'read: alphabet holds "é", which the model does not read',
    ],
    [
      'a lexicon without a usable word',
      { lexicon: ['é'] },
      "lexicon: expected at least one word of the alphabet's symbols, got 1 words of which none is",
    ],
    [
      'a lexicon for another model',
      { lexicon: Lexicon.from(['A'], 'AB') },
      'read: the lexicon is spelt in the alphabet "AB"',
    ],
  ])('%s is refused', async (_, options, message) => {
    await expect(ocr.read(pranks, options)).rejects.toMatchObject({ code: 'ARGUMENT' });
    await expect(ocr.read(pranks, options)).rejects.toThrow(message);
  });
});

describe('what takes time', () => {
  test('tells how far it is, and stops when asked', async () => {
    const seen: Progress[] = [];
    const progress = (p: Progress) => seen.push(p);
    const fresh = await Device.create();
    const own = await createRecognizer({ model: await writeModel(await randomModel(device)), device: fresh, progress });
    const kernels = seen.filter((p) => p.stage === 'compile');
    expect(kernels.length).toBeGreaterThan(5);
    expect(kernels.map((p) => p.done)).toEqual(kernels.map((_, i) => i + 1));
    expect(kernels.every((p) => p.total === kernels.length)).toBe(true);
    expect(seen.at(-1)).toEqual({ stage: 'check', done: 1, total: 1 });
    await own.warmup(3, { progress });
    await own.dispose();
    fresh.dispose();

    seen.length = 0;
    const pictures = [pranks, new Uint8Array(3), speakers, pranks, speakers];
    const texts = [];
    for await (const r of ocr.readMany(pictures, { batchSize: 2, progress }))
      texts.push(r.error ? r.error.code : r.text);
    expect(texts).toEqual(['PRANKS', 'BAD_IMAGE', 'SPEAKERS', 'PRANKS', 'SPEAKERS']);
    expect(seen).toEqual([2, 4, 5].map((done) => ({ stage: 'read', done, total: 5 })));

    const stop = new AbortController();
    const read: string[] = [];
    const many = async () => {
      async function* endless() {
        for (;;) yield pranks;
      }
      for await (const r of ocr.readMany(endless(), { batchSize: 2, signal: stop.signal })) {
        read.push(r.error ? r.error.code : r.text);
        if (read.length === 3) stop.abort();
      }
    };
    await expect(many()).rejects.toMatchObject({ code: 'ABORTED' });
    expect(read).toEqual(['PRANKS', 'PRANKS', 'PRANKS', 'PRANKS']);
    await expect(ocr.warmup(1, { signal: stop.signal })).rejects.toMatchObject({ code: 'ABORTED' });
  });
});

describe('a lost device', () => {
  /** The device under a recogniser, as a driver's reset would find it. */
  const deviceOf = (r: Recognizer) => (Reflect.get(r, 'network') as { device: Device }).device;
  const open = (options: RecognizerOptions = {}) => createRecognizer({ skipSelfCheck: true, ...options });

  test('is opened again and the read repeated', async () => {
    await using own = await open();
    expect((await own.read(pranks)).text).toBe('PRANKS');
    for (let time = 0; time < 2; time++) {
      const lost = deviceOf(own);
      lost.raw.destroy();
      expect((await own.read(pranks)).text).toBe('PRANKS');
      expect(deviceOf(own)).not.toBe(lost);
    }
    const readings: Reading[] = [];
    for await (const r of own.readMany([pranks, speakers, pranks], { batchSize: 1 })) {
      if (!r.error) readings.push(r);
      deviceOf(own).raw.destroy();
    }
    expect(readings.map((r) => r.text)).toEqual(['PRANKS', 'SPEAKERS', 'PRANKS']);
  });

  test('that is lost again, or cannot be opened again, is the typed error', async () => {
    const shared = await Device.create();
    const own = await open({ device: shared });
    shared.raw.destroy();
    await expect(own.read(pranks)).rejects.toThrow(DeviceLostError);
    await own.dispose();

    const other = await open();
    const network = Reflect.get(other, 'network');
    const failing = new Recognizer(network, () => Promise.reject(new Error('the driver is gone')), info);
    deviceOf(other).raw.destroy();
    await expect(failing.read(pranks)).rejects.toThrow(/lost.*; opening it again failed: the driver is gone/);
    const again = new Recognizer(network, async () => network, info);
    await expect(again.read(pranks)).rejects.toMatchObject({ code: 'DEVICE_LOST' });
    await other.dispose();
  });
});
