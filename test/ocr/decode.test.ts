/** What a reading holds beside its text, and the options that steer the search. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DeviceLostError } from '../../src/gpu/index.ts';
import { createRecognizer, Lexicon, type Progress, type Recognizer, type Region } from '../../src/ocr/index.ts';

const picture = (name: string) => readFileSync(new URL(`../fixtures/words/${name}.png`, import.meta.url));

let ocr: Recognizer;
const progress: Progress[] = [];
beforeAll(async () => {
  ocr = await createRecognizer({ progress: (p) => progress.push(p) });
});
afterAll(() => ocr.dispose());

test('opening says how far it has come', () => {
  const stages = [...new Set(progress.map((p) => p.stage))];
  expect(stages.filter((s) => s !== 'model')).toEqual(['compile', 'check']);
  for (const stage of stages) {
    const last = progress.filter((p) => p.stage === stage).at(-1);
    expect(last?.done, stage).toBe(last?.total);
  }
});

describe('a reading', () => {
  test('has its characters in places from left to right, each with its rivals', async () => {
    const { text, chars, alternatives, timing, posteriors } = await ocr.read(picture('pranks'));
    expect(text).toBe('PRANKS');
    expect(chars.map((c) => c.text).join('')).toBe(text);
    for (const [i, c] of chars.entries()) {
      expect(c.box.width).toBeGreaterThan(0);
      if (i > 0) expect(c.box.x).toBeCloseTo(chars[i - 1].box.x + chars[i - 1].box.width, 6);
      const sum = c.alternatives.reduce((s, a) => s + a.confidence, c.confidence);
      expect(sum).toBeLessThanOrEqual(1 + 1e-9);
      expect(c.alternatives.some((a) => a.text === c.text)).toBe(false);
      expect(c.alternatives).toEqual([...c.alternatives].sort((a, b) => b.confidence - a.confidence));
    }
    expect(alternatives).toHaveLength(1);
    expect(alternatives[0].text).toBe(text);
    expect(Object.keys(timing)).toEqual(['decodeMs', 'prepareMs', 'networkMs', 'searchMs']);
    expect(posteriors).toBeUndefined();
  });

  test('topK gives the likeliest texts, best first', async () => {
    const { text, alternatives } = await ocr.read(picture('speakers'), { topK: 5 });
    expect(alternatives).toHaveLength(5);
    expect(alternatives[0].text).toBe(text);
    expect(new Set(alternatives.map((a) => a.text)).size).toBe(5);
    for (let i = 1; i < 5; i++)
      expect(alternatives[i].probability).toBeLessThanOrEqual(alternatives[i - 1].probability);
    expect(alternatives.reduce((s, a) => s + a.probability, 0)).toBeLessThanOrEqual(1 + 1e-6);
  });

  test('posteriors are probabilities by time step', async () => {
    const { posteriors } = await ocr.read(picture('pranks'), { posteriors: true });
    if (!posteriors) throw new Error('no posteriors');
    const { data, steps, classes, symbols } = posteriors;
    expect([steps, classes, data.length, symbols.length]).toEqual([32, 37, 32 * 37, 37]);
    for (let t = 0; t < steps; t++) {
      const row = data.subarray(t * classes, (t + 1) * classes);
      expect(row.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
    }
  });
});

describe('a region', () => {
  test('is read alone, and boxes are in pixels of the whole picture', async () => {
    const whole = await ocr.read(picture('pranks'));
    const last = whole.chars[whole.chars.length - 1].box;
    const region: Region = { x: 0, y: 0, width: Math.round(last.x), height: last.height };
    const part = await ocr.read(picture('pranks'), { region });
    expect(part.text.startsWith('PRA')).toBe(true);
    expect(part.text.length).toBeLessThanOrEqual(5);
    for (const c of part.chars) expect(c.box.x + c.box.width).toBeLessThanOrEqual(region.width + 1e-6);
  });
});

describe('a lexicon', () => {
  test('is what a reading comes from, whatever the picture shows', async () => {
    const { text, confidence, alternatives } = await ocr.read(picture('pranks'), {
      lexicon: ['BRANDS', 'speakers', 'planks'],
      topK: 3,
    });
    expect(text).toBe('PLANKS');
    expect(alternatives[0].text).toBe('PLANKS');
    expect(confidence).toBeGreaterThan(0.5);
  });

  test('may be built before', async () => {
    const lexicon = Lexicon.from(['PRANKS', 'PLANKS'], ocr.info.alphabet);
    expect((await ocr.read(picture('pranks'), { lexicon })).text).toBe('PRANKS');
  });

  test('of another alphabet is refused', async () => {
    const lexicon = Lexicon.from(['abc'], 'abc');
    await expect(ocr.read(picture('pranks'), { lexicon })).rejects.toThrow(
      'read: the lexicon is spelt in the alphabet "abc", the model reads "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"',
    );
  });
});

describe('an alphabet', () => {
  test('keeps other symbols out', async () => {
    const { text } = await ocr.read(picture('pranks'), { alphabet: '0123456789' });
    expect(text).toMatch(/^[0-9]*$/);
    expect((await ocr.read(picture('pranks'), { alphabet: 'PRANKS' })).text).toBe('PRANKS');
  });

  test.each([
    [{ alphabet: '' }, 'read: alphabet must hold at least one symbol'],
    [{ alphabet: 'ä' }, 'read: alphabet holds "ä", which the model does not read'],
    [{ topK: 0 }, 'read: topK must be a whole number from 1 up, got 0'],
    [{ beamWidth: 1.5 }, 'read: beamWidth must be a whole number from 1 up, got 1.5'],
  ])('%j is refused', async (options, message) => {
    await expect(ocr.read(picture('pranks'), options)).rejects.toThrow(message);
  });
});

test('readMany takes the same options, and says how far it has come', async () => {
  const seen: Progress[] = [];
  const readings = [];
  const pictures = [picture('pranks'), picture('speakers'), picture('personify')];
  for await (const r of ocr.readMany(pictures, {
    batchSize: 2,
    lexicon: ['PRANKS', 'SPEAKERS', 'PERSONIFY'],
    progress: (p) => seen.push(p),
  }))
    readings.push(r.error ? r.error.code : r.text);
  expect(readings).toEqual(['PRANKS', 'SPEAKERS', 'PERSONIFY']);
  expect(seen).toEqual([
    { stage: 'read', done: 2, total: 3 },
    { stage: 'read', done: 3, total: 3 },
  ]);
});

describe('integrity', () => {
  const model = new URL('../../models/word-small.safetensors', import.meta.url);
  test('of another file is refused', async () => {
    await expect(createRecognizer({ model, integrity: '0'.repeat(64) })).rejects.toMatchObject({ code: 'INTEGRITY' });
  });
  test('must be a digest', async () => {
    await expect(createRecognizer({ model, integrity: 'md5' })).rejects.toThrow(
      'integrity: expected 64 hex digits or sha256- and base64, got "md5"',
    );
  });
});

test('a lost device is opened again, once, and the picture read', async () => {
  await using own = await createRecognizer({ skipSelfCheck: true });
  const inside = own as unknown as { network: { device: { raw: GPUDevice } } };
  const first = inside.network.device;
  first.raw.destroy();
  expect((await own.read(picture('pranks'))).text).toBe('PRANKS');
  expect(inside.network.device).not.toBe(first);
});

test('a shared device that is lost stays lost', async () => {
  const { Device } = await import('../../src/gpu/index.ts');
  const device = await Device.create();
  await using shared = await createRecognizer({ device, skipSelfCheck: true });
  device.raw.destroy();
  await expect(shared.read(picture('pranks'))).rejects.toThrow(DeviceLostError);
});
