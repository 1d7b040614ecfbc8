import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chunk, header, makeJpeg, makePng, pngOf } from '../ocr/image/make.ts';
import { fromCheckout, lexel, type Outcome, root } from './lexel.ts';

const png = makePng({ width: 40, height: 16, depth: 8, colourType: 0, pixel: (x, y) => [(x * y * 7) & 255] });
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lexel-cli-'));
  const put = (name: string, bytes: Uint8Array | string) => writeFileSync(join(folder, name), bytes);
  put('text.png', 'this is no picture\n');
  put('empty.png', '');
  put('short.png', png.subarray(0, 60));
  put('short.jpg', makeJpeg(40, 16, (x) => x).subarray(0, 400));
  put(
    'huge.png',
    pngOf(header(100_000, 100_000, 8, 0), chunk('IDAT', new Uint8Array(9)), chunk('IEND', new Uint8Array(0))),
  );
  put('drawing.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>');
  put('good.png', png);
  mkdirSync(join(folder, 'folder'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** One line, no stack, nothing on stdout, exit code 2. */
function expectRefusal(got: Outcome, text: RegExp): void {
  expect(got.stderr).toMatch(text);
  expect(got.stderr).toMatch(/^lexel: [^\n]+\n$/);
  expect(got.stderr).not.toMatch(/\n\s+at /);
  expect(got.stdout).toBe('');
  expect(got.code).toBe(2);
}

describe('lexel read refuses in one line with exit code 2', () => {
  test.each([
    ['missing.png', /missing\.png: no such file\. Check the path\./],
    ['text.png', /text\.png: expected a PNG or JPEG, got a text file\. /],
    ['empty.png', /empty\.png: .*empty file/],
    ['short.png', /short\.png: truncated PNG: /],
    ['short.jpg', /short\.jpg: truncated JPEG: /],
    ['huge.png', /huge\.png: expected at most 64 megapixels .*got 100000 x 100000\. Crop/],
    ['drawing.svg', /drawing\.svg: .*SVG.*Render it to a PNG/],
    ['folder', /folder: expected a picture, got a directory\. Name its files/],
  ])('%s', async (name, text) => {
    expectRefusal(await lexel(['read', join(folder, name)]), text);
  });

  test('a bad picture on standard input', async () => {
    expectRefusal(await lexel(['read', '-'], 'hello'), /standard input: expected a PNG or JPEG, got a text file/);
    expectRefusal(await lexel(['read', '-'], ''), /standard input: .*empty file/);
  });

  test('every file of several, each on its own line', async () => {
    const got = await lexel(['read', join(folder, 'text.png'), join(folder, 'missing.png')]);
    expect(got.stderr.trim().split('\n')).toHaveLength(2);
    expect(got.code).toBe(2);
  });

  test('--json also says it on stdout, one object a file', async () => {
    const got = await lexel(['read', '--json', join(folder, 'short.png')]);
    const { file, error } = JSON.parse(got.stdout);
    expect(file).toBe(join(folder, 'short.png'));
    expect(error).toMatchObject({ code: 'BAD_IMAGE', message: expect.stringContaining('truncated') });
    expect(got.code).toBe(2);
  });

  test('LEXEL_DEBUG=1 adds the stack', async () => {
    const got = await lexel(['read', join(folder, 'text.png')], '', { LEXEL_DEBUG: '1' });
    expect(got.stderr).toMatch(/\n\s+at /);
  });
});

describe('usage errors end with 2 and one line', () => {
  test.each([
    [['read'], /missing required argument 'file'/],
    [['frobnicate'], /unknown command 'frobnicate'/],
    [['raed', 'x'], /unknown command 'raed'.*Did you mean read/s],
    [['read', '--colour', 'x'], /unknown option '--colour'/],
    [['synth'], /synth: expected --preview, --out or --stats, got none/],
    [['synth', '--preview', 'x.png', '--count', 'many'], /--count.*'many' is invalid.*whole number/],
    [['synth', '--preview', 'x.png', '--seed', '-1'], /--seed.*whole number from 0/],
    [['synth', '--preview', 'x.png', '--fonts', 'none'], /--fonts.*Allowed choices are train, holdout, all/],
    [['synth', '--stats', '/nowhere'], /nowhere: no such file/],
  ])('%j', async (args, text) => {
    expectRefusal(await lexel(args), text);
  });
});

// These go through the recogniser: they say so loudly as long as it is not there.
describe.skipIf(!existsSync(join(root, 'dist', 'ocr', 'index.js')))('lexel read, where the engine is at fault', () => {
  test('an unknown model', async () => {
    const got = await fromCheckout(['read', join(folder, 'good.png'), '--model', 'no-such-model']);
    expectRefusal(got, /no-such-model/);
  });

  test('a model file that is none', async () => {
    const got = await fromCheckout(['read', join(folder, 'good.png'), '--model', join(folder, 'text.png')]);
    expectRefusal(got, /text\.png/);
  });

  // The model is loaded before the GPU is opened, so this one needs the model that ships.
  const shipped = readdirSync(join(root, 'models')).some((name) => name.endsWith('.safetensors'));
  test.runIf(process.platform === 'linux' && shipped)('no adapter', async () => {
    const env = { VK_DRIVER_FILES: '/nowhere.json', VK_ICD_FILENAMES: '' };
    expectRefusal(await fromCheckout(['read', join(folder, 'good.png')], env), /no adapter.*doctor/);
  });
});
