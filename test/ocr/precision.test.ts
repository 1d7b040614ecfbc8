/** A recogniser whose weights lie in 16 bits: what it reads, what it says of itself, and where the adapter has none. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Device } from '../../src/gpu/index.ts';
import { createRecognizer, type Recognizer, writeModel } from '../../src/ocr/index.ts';
import { lineInfo, randomModel } from './model.ts';

const words = new URL('../fixtures/words/', import.meta.url);
const pictures = await Promise.all(
  ['pranks.png', 'speakers.png'].map(async (name) => new Uint8Array(await readFile(new URL(name, words)))),
);

let device: Device;
let able: boolean;
beforeAll(async () => {
  device = await Device.create();
  able = device.raw.features.has('shader-f16');
});
afterAll(() => device.dispose());

/** Whether its weights on the GPU are 16 bits wide. */
const isHalf = (r: Recognizer) => (Reflect.get(r, 'network') as { half: boolean }).half;

describe('precision f16', () => {
  test('reads the texts that f32 reads, with probabilities close by', async () => {
    const before = device.memory().liveBytes;
    const wide = await createRecognizer({ device });
    const half = await createRecognizer({ device, precision: 'f16' });
    expect([wide.precision, half.precision]).toEqual(['f32', able ? 'f16' : 'f32']);
    for (const picture of pictures) {
      const [a, b] = [await wide.read(picture, { posteriors: true }), await half.read(picture, { posteriors: true })];
      expect(b.text).toBe(a.text);
      const [p, q] = [a.posteriors?.data ?? [], b.posteriors?.data ?? []];
      const apart = Math.max(...Array.from(p, (v, i) => Math.abs(v - q[i])));
      expect(apart).toBeLessThan(0.02);
      expect(apart > 0).toBe(able);
    }
    const texts = [];
    for await (const r of half.readMany(pictures)) texts.push(r.error ? r.error.code : r.text);
    expect(texts).toEqual(['PRANKS', 'SPEAKERS']);
    await wide.dispose();
    await half.dispose();
    expect(device.memory().liveBytes).toBe(before);
  });

  test('lines and pages too: the model that reads them has it', async () => {
    const line = await writeModel(await randomModel(device, lineInfo));
    const page = await readFile(new URL('../fixtures/pages/receipt.png', import.meta.url));
    const both = await createRecognizer({ device, precision: 'f16', pageModel: line, skipSelfCheck: true });
    await both.readPage(new Uint8Array(page));
    const pages = (await Reflect.get(both, 'pages')) as Recognizer;
    expect([pages.info.reads, pages.precision, isHalf(pages)]).toEqual(['line', both.precision, able]);
    await both.dispose();
  });

  test('stays after the device was lost', async () => {
    await using own = await createRecognizer({ precision: 'f16', skipSelfCheck: true });
    expect(own.precision).toBe(able ? 'f16' : 'f32');
    (Reflect.get(own, 'network') as { device: Device }).device.raw.destroy();
    expect((await own.read(pictures[0])).text).toBe('PRANKS');
    expect([own.precision, isHalf(own)]).toEqual([able ? 'f16' : 'f32', able]);
  });

  test('is f32 where the adapter has no 16-bit floats', async () => {
    await using plain = await Device.create({ portable: true });
    const ocr = await createRecognizer({ device: plain, precision: 'f16', skipSelfCheck: true });
    expect([ocr.precision, isHalf(ocr)]).toEqual(['f32', false]);
    await ocr.dispose();
  });
});
