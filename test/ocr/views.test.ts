/** Several views of a picture, averaged: in the library and in the evaluator. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Device } from '../../src/gpu/index.ts';
import { Alphabet, createModel } from '../../src/nn/index.ts';
import {
  createRecognizer,
  type GreyImage,
  loadModelBytes,
  type Reading,
  type Recognizer,
  readModel,
  writeModel,
} from '../../src/ocr/index.ts';
import { Evaluator } from '../../src/train/index.ts';
import { lineInfo, noise, randomModel } from './model.ts';

const picture = (name: string) => readFileSync(new URL(`../fixtures/words/${name}.png`, import.meta.url));
const NAMES = ['pranks', 'speakers', 'personify'];

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

async function posteriors(image: GreyImage, views: number): Promise<Float32Array> {
  const { posteriors: p } = await ocr.read(image, { posteriors: true, views });
  if (!p) throw new Error('no posteriors');
  return p.data;
}

test('two views: the geometric mean of what is read as it is and inverted', async () => {
  const image = noise(3, 128, 32);
  const inverted = { ...image, grey: image.grey.map((v) => 255 - v) };
  const [a, b, both] = [await posteriors(image, 1), await posteriors(inverted, 1), await posteriors(image, 2)];
  const classes = 37;
  for (let at = 0; at < both.length; at += classes) {
    const mean = Array.from({ length: classes }, (_, c) => Math.sqrt(a[at + c] * b[at + c]));
    const sum = mean.reduce((s, v) => s + v, 0);
    for (let c = 0; c < classes; c++) expect(both[at + c]).toBeCloseTo(mean[c] / sum, 4);
  }
  // Otherwise this would show nothing.
  expect(Math.max(...a.map((v, i) => Math.abs(v - both[i])))).toBeGreaterThan(0.01);
});

test.each([1, 2, 3, 4])('%i views read words, alone, together and in the evaluator alike', async (views) => {
  const alone: Reading[] = [];
  for (const name of NAMES) alone.push(await ocr.read(picture(name), { views }));
  expect(alone.map((r) => r.text.toLowerCase())).toEqual(NAMES);
  const together = [];
  for await (const r of ocr.readMany(NAMES.map(picture), { views, batchSize: 2 })) {
    if (r.error) throw r.error;
    together.push(r);
  }
  together.forEach((r, i) => {
    expect(r.text).toBe(alone[i].text);
    expect(r.confidence).toBeCloseTo(alone[i].confidence, 4);
  });
  const { info, weights } = await readModel((await loadModelBytes('word-small')).bytes, 'word-small');
  const model = createModel(device, info.architecture, new Alphabet(info.alphabet).classes);
  model.load(weights);
  model.eval();
  const images = [0, 1, 2].map((seed) => noise(seed, 128, 32));
  const evaluator = new Evaluator(device, model, { ...info, alphabet: new Alphabet(info.alphabet), batch: 2, views });
  const read = await evaluator.read(Uint8Array.from(images.flatMap((i) => [...i.grey])), 3);
  for (const [i, image] of images.entries()) {
    const r = await ocr.read(image, { views });
    expect(read[i].text).toBe(r.text);
    expect(read[i].confidence).toBeCloseTo(r.confidence, 4);
  }
  evaluator.dispose();
  model.dispose();
});

test('a line reads the same alone and beside a wider one', async () => {
  const line = await createRecognizer({ model: await writeModel(await randomModel(device, lineInfo)), device });
  const short = noise(7, 96, 32);
  const alone = await line.read(short, { views: 4 });
  const both = [];
  for await (const r of line.readMany([short, noise(8, 120, 32)], { views: 4 })) {
    if (r.error) throw r.error;
    both.push(r);
  }
  expect(both[0].text).toBe(alone.text);
  expect(both[0].confidence).toBeCloseTo(alone.confidence, 4);
  await line.dispose();
});

test('a line with paper added is inverted as a whole', async () => {
  const line = await createRecognizer({ model: await writeModel(await randomModel(device, lineInfo)), device });
  const image = noise(9, 100, 32);
  const read = async (picture: GreyImage, views: number) => {
    const { posteriors: p } = await line.read(picture, { views, posteriors: true });
    if (!p) throw new Error('no posteriors');
    return p;
  };
  const inverted = { ...image, grey: image.grey.map((v) => 255 - v) };
  const [a, b, both] = [await read(image, 1), await read(inverted, 1), await read(image, 2)];
  for (let at = 0; at < both.data.length; at += both.classes) {
    const mean = Array.from({ length: both.classes }, (_, c) => Math.sqrt(a.data[at + c] * b.data[at + c]));
    const sum = mean.reduce((s, v) => s + v, 0);
    for (let c = 0; c < both.classes; c++) expect(both.data[at + c]).toBeCloseTo(mean[c] / sum, 4);
  }
  await line.dispose();
});

test('errors', async () => {
  await expect(ocr.read(noise(1, 128, 32), { views: 5 })).rejects.toThrow(
    'views must be a whole number from 1 to 4, got 5',
  );
});
