/** What a recogniser says to callers that are mistaken, in a hurry, or one of several. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { getHost, setHost } from '../../src/gpu/host.ts';
import { Device } from '../../src/gpu/index.ts';
import { createRecognizer, type ImageInput, Lexicon, type Recognizer, writeModel } from '../../src/ocr/index.ts';
import { info, lineInfo, noise, randomModel } from './model.ts';

let device: Device;
let words: Uint8Array;
let lines: Uint8Array;
let ocr: Recognizer;

beforeAll(async () => {
  device = await Device.create();
  words = await writeModel(await randomModel(device));
  lines = await writeModel({ ...(await randomModel(device, lineInfo)), selfCheck: undefined });
  ocr = await createRecognizer({ model: words, pageModel: lines, device });
});
afterAll(async () => {
  await ocr.dispose();
  device.dispose();
});

/** Two dark words on light paper. */
function page() {
  const width = 120;
  const grey = new Uint8Array(width * 60).fill(230);
  for (const [x0, x1] of [
    [10, 40],
    [50, 100],
  ])
    for (let y = 20; y < 36; y++) for (let x = x0; x < x1; x += 1 + (x % 4 === 3 ? 3 : 0)) grey[y * width + x] = 20;
  return { width, height: 60, grey };
}

describe('a picture that is none', () => {
  test.each([null, undefined, 7, {}])('%j', async (input) => {
    await expect(ocr.read(input as ImageInput)).rejects.toMatchObject({
      code: 'BAD_IMAGE',
      message: 'image: expected a picture with a size',
    });
  });

  test('among others gives its error in its place', async () => {
    const out = [];
    for await (const r of ocr.readMany([noise(1, 50, 20), null as unknown as ImageInput, noise(2, 50, 20)]))
      out.push(r.error?.code);
    expect(out).toEqual([undefined, 'BAD_IMAGE', undefined]);
  });

  test('a string where several are expected', async () => {
    const all = ocr.readMany('word.png' as unknown as ImageInput[]);
    await expect(all.next()).rejects.toThrow('read: expected several pictures, got a string');
  });
});

describe('numbers and symbols', () => {
  test.each([0, 2.5, Number.NaN])('batchSize %j', async (batchSize) => {
    const text = `batchSize must be a whole number from 1 up, got ${batchSize}`;
    await expect(ocr.readMany([], { batchSize }).next()).rejects.toThrow(`read: ${text}`);
    await expect(ocr.warmup(batchSize)).rejects.toThrow(`warmup: ${text}`);
  });

  test('a symbol that the model does not read is named as it was given', async () => {
    await expect(ocr.read(noise(1, 50, 20), { alphabet: 'aé' })).rejects.toMatchObject({
      message: 'read: alphabet holds "é", which the model does not read',
      hint: `It reads ${info.alphabet}.`,
    });
  });
});

describe('pages', () => {
  test('a word list is refused where lines are read whole, and taken where words are', async () => {
    const lexicon = ['HALLO', 'WELT'];
    for (const list of [lexicon, Lexicon.from(lexicon, ocr.info.alphabet)])
      await expect(ocr.readPage(page(), { lexicon: list })).rejects.toThrow(
        'readPage: a lexicon holds words, and this model reads whole lines',
      );
    const wordwise = await createRecognizer({ model: words, device });
    const { text } = await wordwise.readPage(page(), { lexicon });
    for (const word of text.split(/\s/)) expect(['HALLO', 'WELT', '']).toContain(word);
    await wordwise.dispose();
  });

  test('one that is aborted stops no other that waits for the same model', async () => {
    const shared = await createRecognizer({ model: words, pageModel: lines, device });
    const abort = new AbortController();
    const first = shared.readPage(page(), { signal: abort.signal });
    const second = shared.readPage(page());
    abort.abort();
    await expect(first).rejects.toMatchObject({ code: 'ABORTED' });
    expect((await second).lines).toHaveLength(1);
    await expect(shared.readPage(page(), { signal: abort.signal })).rejects.toMatchObject({ code: 'ABORTED' });
    await shared.dispose();
  });
});

describe('the end', () => {
  test('every dispose waits for it, and pages are refused after it', async () => {
    const other = await createRecognizer({ model: words, device });
    const warm = other.warmup(2);
    const ends: string[] = [];
    const first = other.dispose().then(() => ends.push('first'));
    const second = other.dispose().then(() => ends.push('second'));
    await warm.then(() => ends.push('warm'));
    await Promise.all([first, second]);
    expect(ends).toEqual(['warm', 'first', 'second']);
    await expect(other.readPage(page())).rejects.toMatchObject({ code: 'DISPOSED' });
  });

  test('a warm-up that fails midway holds no memory', async () => {
    const other = await createRecognizer({ model: words, device, skipSelfCheck: true });
    await device.trim();
    const { liveBytes } = device.memory();
    const progress = () => {
      throw new Error('closed');
    };
    await expect(other.warmup(3, { progress })).rejects.toThrow('closed');
    expect(device.memory().liveBytes).toBe(liveBytes);
    await other.dispose();
  });
});

test('without WebGPU that is said before any model is fetched', async () => {
  const host = getHost();
  const fetched = vi.spyOn(globalThis, 'fetch');
  setHost(undefined);
  try {
    await expect(createRecognizer({ model: 'https://example.invalid/word.safetensors' })).rejects.toMatchObject({
      code: 'NO_WEBGPU',
      hint: 'Use a recent Chrome, Edge, Firefox or Safari over https (or localhost).',
    });
    expect(fetched).not.toHaveBeenCalled();
  } finally {
    setHost(host);
    fetched.mockRestore();
  }
});
