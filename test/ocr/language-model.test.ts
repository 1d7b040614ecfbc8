/** A language model of letters in a recogniser: what it changes in a reading, and what it is refused with. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Device } from '../../src/gpu/index.ts';
import { Alphabet, LINE_ALPHABET, WORD_ALPHABET } from '../../src/nn/index.ts';
import {
  createRecognizer,
  decodeImage,
  estimateLanguageModel,
  type GreyImage,
  LanguageModel,
  type Recognizer,
  writeLanguageModel,
} from '../../src/ocr/index.ts';

const fixture = (path: string) => readFileSync(new URL(`../fixtures/${path}.png`, import.meta.url));
const WORDS = ['pranks', 'speakers', 'personify', 'cautioning', 'migrations', 'entertainer'];

/** Of two words each, which differ in a letter. */
const withR = estimateLanguageModel(['PRARKS', 'LARKS']);
const withN = estimateLanguageModel(['PRANKS', 'TANKS']);
/** So that the language outweighs what the network is fairly sure of. */
const HEAVY = { weight: 2, open: 0 };

let device: Device;
let ocr: Recognizer;
/** PRANKS, a part of its N painted over with the colour of the corner: what is left of the letter looks like an R. */
let altered: GreyImage;

beforeAll(async () => {
  device = await Device.create();
  ocr = await createRecognizer({ device, skipSelfCheck: true });
  const whole = await decodeImage(fixture('words/pranks'));
  const { width, grey } = whole;
  altered = { ...whole, grey: grey.map((v, i) => (i % width >= 64 && i % width < 76 ? grey[0] : v)) };
});
afterAll(async () => {
  await ocr.dispose();
  device.dispose();
});

describe('the English that ships', () => {
  test('leaves right what is read well, and is sure of it', async () => {
    for (const word of WORDS) {
      const { text, confidence } = await ocr.read(fixture(`words/${word}`), { languageModel: 'english' });
      expect(text).toBe(word.toUpperCase());
      expect(confidence).toBeGreaterThan(0.9);
      expect(confidence).toBeLessThanOrEqual(1);
    }
  });

  test('makes a word of letters that are none', async () => {
    expect((await ocr.read(altered)).text).not.toBe('PRANKS');
    // The same search without a language model: it is not the search that helps.
    expect((await ocr.read(altered, { beamWidth: 16 })).text).not.toBe('PRANKS');
    const { text, chars, alternatives } = await ocr.read(altered, { languageModel: 'english' });
    expect(text).toBe('PRANKS');
    expect(chars.map((c) => c.text).join('')).toBe(text);
    expect(alternatives).toHaveLength(1);
  });
});

describe('one of own words', () => {
  test('pulls one picture to PRARKS or to PRANKS', async () => {
    expect((await ocr.read(altered, { languageModel: withR.weighed(HEAVY) })).text).toBe('PRARKS');
    expect((await ocr.read(altered, { languageModel: withN.weighed(HEAVY) })).text).toBe('PRANKS');
  });

  test('does not overrule a network that is sure', async () => {
    expect((await ocr.read(fixture('words/pranks'), { languageModel: withR })).text).toBe('PRANKS');
  });

  test('that weighs nothing changes nothing', async () => {
    const languageModel = withN.weighed({ weight: 0, perLetter: 0 });
    const searched = await ocr.read(altered, { beamWidth: 16 });
    expect((await ocr.read(altered, { languageModel })).text).toBe(searched.text);
    // With its usual weights it does.
    expect((await ocr.read(altered, { languageModel: withN })).text).not.toBe(searched.text);
  });

  test('may spell words that it was not made from', async () => {
    const { text } = await ocr.read(fixture('words/speakers'), { languageModel: withN });
    expect(text).toBe('SPEAKERS');
  });

  test('reads the same out of a file', async () => {
    const again = LanguageModel.read(writeLanguageModel(withN));
    const [a, b] = [
      await ocr.read(altered, { languageModel: withN }),
      await ocr.read(altered, { languageModel: again }),
    ];
    expect(b.text).toBe('PRANKS');
    expect(b.confidence).toBeCloseTo(a.confidence, 9);
  });

  test('keeps to the symbols that may be read', async () => {
    const languageModel = withN.weighed(HEAVY);
    const { text } = await ocr.read(altered, { languageModel, alphabet: 'PRANKS' });
    expect(text).toMatch(/^P[RANKS]*ANKS$/);
  });
});

describe('what a reading holds', () => {
  test('alternatives in the order of network and language together, with the probability of the network alone', async () => {
    const { text, alternatives } = await ocr.read(altered, { languageModel: withN, topK: 4 });
    expect(alternatives).toHaveLength(4);
    expect(alternatives[0].text).toBe(text);
    expect(new Set(alternatives.map((a) => a.text)).size).toBe(4);
    // What the network alone would say is likelier by itself, and does not come first.
    const [alone] = (await ocr.read(altered, { beamWidth: 16 })).alternatives;
    const [best, ...others] = alternatives;
    const overruled = others.find((a) => a.text === alone.text);
    expect(overruled?.probability).toBeCloseTo(alone.probability, 2);
    expect(best.text).toBe('PRANKS');
    expect(best.probability).toBeLessThan(alone.probability);
    for (const { probability } of alternatives) expect(probability).toBeGreaterThan(0);
    expect(alternatives.reduce((sum, a) => sum + a.probability, 0)).toBeLessThanOrEqual(1 + 1e-9);
  });

  test.each([
    ['English', 'english'],
    ['own words', withN],
    ['own words that weigh much', withN.weighed(HEAVY)],
  ] as const)('a confidence above 0 and at most 1: %s', async (_, languageModel) => {
    const { confidence, alternatives } = await ocr.read(altered, { languageModel });
    expect(confidence).toBeGreaterThan(0);
    expect(confidence).toBeLessThanOrEqual(1);
    // A share among the readings kept, not the text's own probability.
    expect(confidence).toBeGreaterThan(2 * alternatives[0].probability);
  });
});

test('readMany takes it, and gives the error of a picture in its place', async () => {
  const pictures = [fixture('words/pranks'), altered, new Uint8Array(3), fixture('words/speakers')];
  const read = async (languageModel?: 'english' | LanguageModel) => {
    const out: string[] = [];
    for await (const r of ocr.readMany(pictures, { batchSize: 2, languageModel }))
      out.push(r.error ? r.error.code : r.text);
    return out;
  };
  expect(await read()).toEqual(['PRANKS', 'PRARKS', 'BAD_IMAGE', 'SPEAKERS']);
  expect(await read('english')).toEqual(['PRANKS', 'PRANKS', 'BAD_IMAGE', 'SPEAKERS']);
  expect(await read(withN.weighed(HEAVY))).toEqual(['PRANKS', 'PRANKS', 'BAD_IMAGE', 'SPEAKERS']);
});

describe('what is refused, before any picture is decoded', () => {
  const both = { lexicon: ['PRANKS'], languageModel: 'english' } as const;
  const letters = new Alphabet('ABCDEFGHIJKLMNOPQRSTUVWXYZ');
  const other = { languageModel: estimateLanguageModel(['PRANKS'], { alphabet: letters }) };
  const cases = [
    [
      'a lexicon too',
      both,
      'read: expected a lexicon or a language model, got both',
      'A lexicon already says which words there are.',
    ],
    [
      'another alphabet',
      other,
      `read: the language model is of the alphabet "${letters.text}", the model reads "${WORD_ALPHABET}"`,
      'Estimate one with estimateLanguageModel(words, { alphabet }).',
    ],
  ] as const;

  test.each(cases)('%s', async (_, options, message, hint) => {
    const error = { code: 'ARGUMENT', message, hint };
    // Three bytes are no picture: were they looked at first, the error would be BAD_IMAGE.
    await expect(ocr.read(new Uint8Array(3), options)).rejects.toMatchObject(error);
    await expect(ocr.readMany([fixture('words/pranks')], options).next()).rejects.toMatchObject(error);
  });
});

describe('pages', () => {
  /** A heading in clean print. */
  async function heading(): Promise<GreyImage> {
    const { width, grey } = await decodeImage(fixture('pages/book'));
    return { width, height: 60, grey: grey.slice(20 * width, 80 * width) };
  }

  test('lines with signs and small letters are not of its alphabet', async () => {
    await expect(ocr.readPage(await heading(), { languageModel: 'english' })).rejects.toMatchObject({
      code: 'ARGUMENT',
      message: `read: the language model is of the alphabet "${WORD_ALPHABET}", the model reads ${JSON.stringify(LINE_ALPHABET)}`,
    });
  });

  test('one of their own alphabet is taken, and heeded', async () => {
    const page = await heading();
    expect((await ocr.readPage(page)).text).toBe('Chapter 4: The Quay');
    // Spelt otherwise than it is printed, so that the language shows in what is read.
    const own = estimateLanguageModel(['Chapter 4 The Quay'], { alphabet: new Alphabet(LINE_ALPHABET) });
    const { text } = await ocr.readPage(page, { languageModel: own.weighed(HEAVY) });
    expect(text).toBe('Chapter 4 The Quay');
  });

  test('a reader of single words takes it for each word', async () => {
    const page = await heading();
    const wordwise = await createRecognizer({ model: 'word-small', device, skipSelfCheck: true });
    const third = async (languageModel?: LanguageModel) =>
      (await wordwise.readPage(page, { languageModel })).text.split(' ')[2];
    // A letter more than is printed.
    const thee = estimateLanguageModel(['THEE']).weighed({ weight: 2, perLetter: 4, open: 0 });
    const [without, heeded] = [await third(), await third(thee)];
    await wordwise.dispose();
    expect([without, heeded]).toEqual(['THE', 'THEE']);
  });
});
