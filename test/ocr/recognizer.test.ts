import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Device, FormatError, ImageError, LexelError } from '../../src/gpu/index.ts';
import { createRecognizer, type ModelFile, type Recognizer, readModel, writeModel } from '../../src/ocr/index.ts';
import { info, noise, randomModel } from './model.ts';

let device: Device;
let file: ModelFile;
let bytes: Uint8Array;
let ocr: Recognizer;

beforeAll(async () => {
  device = await Device.create();
  file = await randomModel(device);
  bytes = await writeModel(file);
  ocr = await createRecognizer({ model: bytes, device });
});
afterAll(async () => {
  await ocr.dispose();
  device.dispose();
});

describe('the model file', () => {
  test('gives back what was written, in under 1.2 MB', async () => {
    const back = await readModel(bytes, 'm');
    expect(back.info).toEqual(info);
    expect(back.weights).toEqual(file.weights);
    expect(back.selfCheck).toEqual(file.selfCheck);
    expect(bytes.byteLength).toBeLessThan(1.2e6);
  });

  test('a changed weight is noticed', async () => {
    const changed = bytes.slice();
    changed[changed.length - 5000] ^= 1;
    await expect(createRecognizer({ model: changed, device })).rejects.toMatchObject({ code: 'INTEGRITY' });
    await expect(createRecognizer({ model: changed, device })).rejects.toThrow('do not match their checksum');
  });

  test('a file of another kind, an unknown name and a missing path are named', async () => {
    await expect(createRecognizer({ model: new Uint8Array(100), device })).rejects.toThrow(FormatError);
    await expect(createRecognizer({ model: 'word-huge', device })).rejects.toMatchObject({
      code: 'BAD_MODEL',
      message: 'model: "word-huge" could not be loaded: no such file or address',
    });
  });

  test('a GPU that computes wrong is caught at load', async () => {
    const wrong = {
      ...file,
      selfCheck: file.selfCheck && { ...file.selfCheck, logits: file.selfCheck.logits.map((v) => v + 0.05) },
    };
    const model = await writeModel(wrong);
    await expect(createRecognizer({ model, device })).rejects.toMatchObject({ code: 'SELF_CHECK' });
    await (await createRecognizer({ model, device, skipSelfCheck: true })).dispose();
  });

  test('metadata that makes no sense is refused', async () => {
    const odd = await writeModel({ ...file, selfCheck: undefined, info: { ...info, height: 0 } });
    await expect(readModel(odd, 'odd')).rejects.toThrow('odd: metadata: height must be a whole number, got "0"');
  });
});

describe('reading', () => {
  test('one picture at a time and in batches gives the same texts, whatever the sizes', async () => {
    const pictures = Array.from({ length: 7 }, (_, i) => noise(i, 60 + 20 * i, 20 + 5 * i));
    const single = [];
    for (const p of pictures) single.push(await ocr.read(p));
    const many = [];
    for await (const r of ocr.readMany(pictures, { batchSize: 4 })) many.push(r);
    expect(many.map((r) => (r.error ? r.error.code : r.text))).toEqual(single.map((r) => r.text));
  });

  test('pixels as RGBA, RGB, grey and PNG read alike', async () => {
    const p = noise(5, 90, 30);
    const rgba = new Uint8Array(90 * 30 * 4).fill(255);
    const rgb = new Uint8Array(90 * 30 * 3);
    p.grey.forEach((v, i) => {
      rgba.fill(v, 4 * i, 4 * i + 3);
      rgb.fill(v, 3 * i, 3 * i + 3);
    });
    const png = new PNG({ width: 90, height: 30 });
    png.data = Buffer.from(rgba);
    const { text } = await ocr.read(p);
    expect((await ocr.read({ data: rgba, width: 90, height: 30 })).text).toBe(text);
    expect((await ocr.read({ data: rgb, width: 90, height: 30 })).text).toBe(text);
    expect((await ocr.read({ data: p.grey, width: 90, height: 30 })).text).toBe(text);
    expect((await ocr.read(new Uint8Array(PNG.sync.write(png)))).text).toBe(text);
    expect((await ocr.read(new Blob([new Uint8Array(PNG.sync.write(png))]))).text).toBe(text);
  });

  test('a region reads as the cropped picture does, with boxes in the whole one', async () => {
    const whole = noise(8, 200, 80);
    const region = { x: 40, y: 20, width: 120, height: 40 };
    const grey = new Uint8Array(120 * 40);
    for (let y = 0; y < 40; y++) grey.set(whole.grey.subarray((20 + y) * 200 + 40, (20 + y) * 200 + 160), y * 120);
    const a = await ocr.read(whole, { region });
    const b = await ocr.read({ width: 120, height: 40, grey });
    expect(a.text).toBe(b.text);
    a.chars.forEach((c, i) => {
      expect(c.box.x).toBeCloseTo(b.chars[i].box.x + 40, 6);
      expect(c.box.x).toBeGreaterThanOrEqual(40);
      expect(c.box.x + c.box.width).toBeLessThanOrEqual(160);
    });
    await expect(ocr.read(whole, { region: { x: 500, y: 0, width: 5, height: 5 } })).rejects.toThrow('lies outside');
  });

  test('a very long picture keeps its letters apart: more time steps', async () => {
    const r = await ocr.read(noise(2, 1200, 32));
    expect(r.chars.length).toBe([...r.text].length);
    for (let i = 1; i < r.chars.length; i++) expect(r.chars[i].box.x).toBeGreaterThan(r.chars[i - 1].box.x);
  });

  test('bad pictures give typed errors, in a batch only in their place', async () => {
    await expect(ocr.read(new Uint8Array(0))).rejects.toThrow(ImageError);
    await expect(ocr.read({ data: new Uint8Array(7), width: 2, height: 2 })).rejects.toThrow('7 bytes are not 2 x 2');
    await expect(ocr.read({ grey: new Uint8Array(3), width: 2, height: 2 })).rejects.toThrow(
      'expected 2 x 2 grey pixels, got 3',
    );
    await expect(ocr.read(noise(1, 2, 9))).rejects.toThrow(
      'image: too small to read: expected at least 3 x 3 pixels, got 2 x 9',
    );
    await expect(ocr.read(noise(1, 50, 20), { region: { x: 4, y: 4, width: 9, height: 1 } })).rejects.toThrow(
      'region: too small to read: expected at least 3 x 3 pixels, got 9 x 1',
    );
    await expect(ocr.read('nowhere/word.png')).rejects.toThrow('nowhere/word.png: cannot be read');
    const out = [];
    for await (const r of ocr.readMany([noise(1, 50, 20), new Uint8Array(4), noise(2, 50, 20)])) out.push(r);
    expect(out.map((r) => r.error?.code)).toEqual([undefined, 'BAD_IMAGE', undefined]);
  });

  test('an abort rejects with one typed error', async () => {
    const signal = AbortSignal.abort();
    await expect(ocr.read(noise(1, 50, 20), { signal })).rejects.toMatchObject({ code: 'ABORTED' });
    await expect(createRecognizer({ model: bytes, device, signal })).rejects.toMatchObject({ code: 'ABORTED' });
  });

  test('1,000 reads leave GPU memory flat', async () => {
    // A quarter of the width: memory behaves the same, and the slowest software adapter gets through.
    const narrow = await writeModel({ ...file, selfCheck: undefined, info: { ...info, width: 32 } });
    const small = await createRecognizer({ model: narrow, device });
    const p = noise(3, 40, 31);
    await small.read(p);
    const before = device.memory();
    for (let i = 0; i < 1000; i++) await small.read(p);
    expect(device.memory()).toEqual(before);
    await small.dispose();
  }, 600_000);

  test('after dispose reads are refused, and dispose may come twice', async () => {
    const other = await createRecognizer({ model: bytes, device });
    await other.dispose();
    await other.dispose();
    await expect(other.read(noise(1, 50, 20))).rejects.toThrow(LexelError);
    await expect(other.read(noise(1, 50, 20))).rejects.toMatchObject({ code: 'DISPOSED' });
  });
});
