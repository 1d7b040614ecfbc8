/** Line models: any width, few recordings, and what reads a page. */
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Device } from '../../src/gpu/index.ts';
import {
  createRecognizer,
  loadModelBytes,
  type Recognizer,
  readModel,
  SHIPPED_MODELS,
  writeModel,
} from '../../src/ocr/index.ts';
import { lineInfo, noise, randomModel } from './model.ts';

let device: Device;
let line: Uint8Array;
let word: Uint8Array;
let ocr: Recognizer;

beforeAll(async () => {
  device = await Device.create();
  line = await writeModel(await randomModel(device, lineInfo));
  word = await writeModel(await randomModel(device));
  ocr = await createRecognizer({ model: line, device });
});
afterAll(async () => {
  await ocr.dispose();
  device.dispose();
});

test('the models that ship are those that lie in models/', async () => {
  const files = readdirSync(new URL('../../models/', import.meta.url)).filter((f) => f.endsWith('.safetensors'));
  expect(files.map((f) => f.slice(0, -12)).sort()).toEqual([...SHIPPED_MODELS].sort());
  for (const name of SHIPPED_MODELS) {
    const { bytes } = await loadModelBytes(name);
    expect((await readModel(bytes, name)).info.name).toBe(name);
    expect(bytes.length).toBeLessThanOrEqual(1.2e6);
  }
});

describe('a line', () => {
  // 96 of 128 columns, 160 of 192, 320 of 384: what pads them must not show.
  test.each([70, 96, 130, 160, 300])('of %i pixels reads the same alone and beside wider ones', async (width) => {
    const picture = noise(width, width, 32);
    const alone = await ocr.read(picture, { posteriors: true });
    const wider = [noise(1, width + 20, 32), noise(2, width + 25, 32)];
    const many = [];
    for await (const r of ocr.readMany([wider[0], picture, wider[1]], { batchSize: 4, posteriors: true })) many.push(r);
    const beside = many[1];
    if (beside.error) throw beside.error;
    expect(beside.text).toBe(alone.text);
    const steps = Math.ceil(width / 32) * 8;
    expect([alone.posteriors?.steps, beside.posteriors?.steps]).toEqual([steps, steps]);
    alone.posteriors?.data.forEach((p, i) => {
      expect(beside.posteriors?.data[i]).toBeCloseTo(p, 4);
    });
  });

  test('longer than any recording has all its time steps, characters within it, from left to right', async () => {
    const r = await ocr.read(noise(5, 2500, 32), { posteriors: true });
    expect(r.posteriors?.steps).toBe(79 * 8);
    const right = r.chars.map((c) => c.box.x + c.box.width);
    expect(Math.max(...right)).toBeLessThanOrEqual(79 * 32);
    expect(right).toEqual([...right].sort((a, b) => a - b));
    expect(r.timing.networkMs).toBeGreaterThan(0);
  });

  test('whatever the widths, few recordings are kept: memory stays within bounds', async () => {
    const widths = [32, 96, 160, 170, 256, 300, 384];
    for (const w of widths) await ocr.read(noise(w, w, 32));
    const before = device.memory();
    for (const w of widths.reverse()) await ocr.read(noise(w, w, 32));
    expect(device.memory().liveBytes).toBe(before.liveBytes);
  });
});

describe('a page', () => {
  const page = readFileSync(new URL('../fixtures/pages/receipt.png', import.meta.url));

  test('is read by pageModel, opened at the first one and ended with its reader', async () => {
    const direct = await ocr.readPage(page);
    const before = device.memory().liveBytes;
    const both = await createRecognizer({ model: word, pageModel: line, device });
    const read = await both.readPage(page);
    expect(read.text).toBe(direct.text);
    expect(both.info.reads).toBeUndefined();
    await both.dispose();
    expect(device.memory().liveBytes).toBe(before);
  });

  test('is read by the model itself where that was given alone', async () => {
    const only = await createRecognizer({ model: word, device });
    const { lines } = await only.readPage(page);
    for (const l of lines) expect(l.text.split(' ')).toHaveLength(l.words.length);
    await only.dispose();
  });

  test('a page model that is not there is said at the first page, and words are read all the same', async () => {
    const both = await createRecognizer({ model: word, pageModel: 'no-such-model', device });
    await expect(both.readPage(page)).rejects.toMatchObject({ code: 'BAD_MODEL' });
    expect((await both.read(noise(1, 100, 32))).text).toBeTypeOf('string');
    await both.dispose();
    await expect(both.readPage(page)).rejects.toMatchObject({ code: 'DISPOSED' });
  });
});
