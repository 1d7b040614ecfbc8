import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import { decodeImage } from '../../../src/ocr/image/index.ts';
import { makeCmykJpeg, makeJpeg, makePng, type PngSpec, withOrientation } from './make.ts';

const luma = (r: number, g: number, b: number) => Math.round(0.299 * r + 0.587 * g + 0.114 * b);
const overWhite = (v: number, alpha: number) => Math.round((v * alpha + 255 * (255 - alpha)) / 255);
const rgb = (x: number, y: number) => [(x * 37) & 255, (y * 61) & 255, ((x + y) * 23) & 255] as const;
/** 11 x 9: no multiple of 8, so every pass of an interlaced picture is ragged. */
const size = { width: 11, height: 9 };

async function pixels(spec: PngSpec): Promise<number[][]> {
  const image = await decodeImage(makePng(spec));
  expect([image.width, image.height]).toEqual([spec.width, spec.height]);
  return Array.from({ length: spec.height }, (_, y) => [...image.grey.subarray(y * spec.width, (y + 1) * spec.width)]);
}

function expected(value: (x: number, y: number) => number): number[][] {
  return Array.from({ length: size.height }, (_, y) => Array.from({ length: size.width }, (_, x) => value(x, y)));
}

describe.each([false, true])('PNG, interlaced %s', (interlaced) => {
  test.each([1, 2, 4, 8, 16])('grey of %i bits', async (depth) => {
    const top = 2 ** depth - 1;
    const sample = (x: number, y: number) => ((x * 5 + y * 3) * (depth === 16 ? 997 : 1)) % (top + 1);
    const got = await pixels({ ...size, depth, colourType: 0, interlaced, pixel: (x, y) => [sample(x, y)] });
    expect(got).toEqual(expected((x, y) => Math.round((sample(x, y) * 255) / top)));
  });

  test.each([8, 16])('colour of %i bits', async (depth) => {
    const wide = depth === 16 ? 257 : 1;
    const got = await pixels({
      ...size,
      depth,
      colourType: 2,
      interlaced,
      pixel: (x, y) => rgb(x, y).map((v) => v * wide),
    });
    expect(got).toEqual(expected((x, y) => luma(...rgb(x, y))));
  });

  test.each([1, 2, 4, 8])('palette of %i bits', async (depth) => {
    const palette = Array.from({ length: 2 ** depth }, (_, i) => [...rgb(i, 2 * i)]);
    const at = (x: number, y: number) => (x + 2 * y) % palette.length;
    const got = await pixels({ ...size, depth, colourType: 3, interlaced, palette, pixel: (x, y) => [at(x, y)] });
    expect(got).toEqual(expected((x, y) => luma(palette[at(x, y)][0], palette[at(x, y)][1], palette[at(x, y)][2])));
  });

  test.each([8, 16])('grey with alpha of %i bits lies over white', async (depth) => {
    const wide = depth === 16 ? 257 : 1;
    const pixel = (x: number, y: number) => [(x * 20) & 255, (y * 28) & 255];
    const got = await pixels({
      ...size,
      depth,
      colourType: 4,
      interlaced,
      pixel: (x, y) => pixel(x, y).map((v) => v * wide),
    });
    expect(got).toEqual(expected((x, y) => overWhite(pixel(x, y)[0], pixel(x, y)[1])));
  });

  test.each([8, 16])('colour with alpha of %i bits lies over white', async (depth) => {
    const wide = depth === 16 ? 257 : 1;
    const pixel = (x: number, y: number) => [...rgb(x, y), (x * y * 7) & 255].map((v) => v * wide);
    const image = await decodeImage(makePng({ ...size, depth, colourType: 6, interlaced, pixel }));
    const want = expected((x, y) => {
      const [r, g, b] = rgb(x, y);
      return overWhite(0.299 * r + 0.587 * g + 0.114 * b, (x * y * 7) & 255);
    }).flat();
    // The weights are rounded to 1/65536: one grey level at most.
    for (const [i, v] of image.grey.entries()) expect(Math.abs(v - want[i])).toBeLessThanOrEqual(1);
  });
});

describe('PNG', () => {
  test('a palette entry may be transparent', async () => {
    const palette = [
      [0, 0, 0],
      [0, 0, 0],
    ];
    const got = await pixels({
      width: 2,
      height: 1,
      depth: 8,
      colourType: 3,
      palette,
      transparency: [255, 0],
      pixel: (x) => [x],
    });
    expect(got).toEqual([[0, 255]]);
  });

  test('one grey may be transparent, at 8 and 16 bits', async () => {
    const eight = { width: 2, height: 1, depth: 8, colourType: 0, transparency: [0, 7] };
    expect(await pixels({ ...eight, pixel: (x) => [x === 0 ? 7 : 8] })).toEqual([[255, 8]]);
    const sixteen = { ...eight, depth: 16, transparency: [1, 2] };
    expect(await pixels({ ...sixteen, pixel: (x) => [x === 0 ? 0x0102 : 0x0103] })).toEqual([[255, 1]]);
  });

  test('1 x 1 and one long row', async () => {
    expect(await pixels({ width: 1, height: 1, depth: 8, colourType: 0, pixel: () => [42] })).toEqual([[42]]);
    const long = await decodeImage(
      makePng({ width: 5000, height: 1, depth: 8, colourType: 0, pixel: (x) => [x & 255] }),
    );
    expect([...long.grey.subarray(4990)]).toEqual(Array.from({ length: 10 }, (_, i) => (4990 + i) & 255));
  });

  test('bytes after the end chunk are no fault', async () => {
    const png = makePng({ width: 1, height: 1, depth: 8, colourType: 0, pixel: () => [9] });
    expect((await decodeImage(Buffer.concat([png, Buffer.from('trailing')]))).grey[0]).toBe(9);
  });

  test('a view into a larger buffer is read where it lies', async () => {
    const png = makePng({ width: 1, height: 1, depth: 8, colourType: 0, pixel: () => [9] });
    const view = new Uint8Array(png.length + 6).subarray(3, 3 + png.length);
    view.set(png);
    expect((await decodeImage(view)).grey[0]).toBe(9);
  });
});

describe('JPEG', () => {
  const ramp = (x: number, y: number) => 20 + x * 4 + y * 2;

  test('baseline colour, to within its quantiser', async () => {
    const image = await decodeImage(makeJpeg(40, 24, ramp));
    expect([image.width, image.height]).toEqual([40, 24]);
    for (const [i, v] of image.grey.entries())
      expect(Math.abs(v - ramp(i % 40, Math.floor(i / 40)))).toBeLessThanOrEqual(4);
  });

  test('a progressive grey one, from MozJPEG', async () => {
    const { default: factory } = await import('@jsquash/jpeg/codec/enc/mozjpeg_enc.js');
    const wasm = readFileSync(createRequire(import.meta.url).resolve('@jsquash/jpeg/codec/enc/mozjpeg_enc.wasm'));
    const encoder = await factory({
      instantiateWasm: (imports: WebAssembly.Imports, done: (m: never) => void) => {
        const instance = new WebAssembly.Instance(new WebAssembly.Module(wasm), imports);
        done(instance as never);
        return instance.exports;
      },
    });
    const { defaultOptions } = await import('@jsquash/jpeg/meta.js');
    const data = new Uint8Array(40 * 24 * 4).map((_, i) =>
      i % 4 === 3 ? 255 : ramp((i >> 2) % 40, Math.floor((i >> 2) / 40)),
    );
    const jpeg = encoder.encode(data, 40, 24, { ...defaultOptions, quality: 95, color_space: 1 });
    const image = await decodeImage(new Uint8Array(jpeg));
    for (const [i, v] of image.grey.entries())
      expect(Math.abs(v - ramp(i % 40, Math.floor(i / 40)))).toBeLessThanOrEqual(6);
  });

  // [colour of the corner stored first] per orientation: where a dark left edge ends up.
  test.each([
    [1, 'left'],
    [2, 'right'],
    [3, 'right'],
    [4, 'left'],
    [5, 'top'],
    [6, 'top'],
    [7, 'bottom'],
    [8, 'bottom'],
  ])('EXIF orientation %i puts the stored left edge at the %s', async (orientation, side) => {
    for (const little of [true, false]) {
      const stored = makeJpeg(32, 16, (x) => (x < 8 ? 0 : 255));
      const { width, height, grey } = await decodeImage(withOrientation(stored, orientation, little));
      expect([width, height]).toEqual(orientation >= 5 ? [16, 32] : [32, 16]);
      const at = (x: number, y: number) => grey[y * width + x] < 128;
      const dark = {
        left: at(2, height >> 1),
        right: at(width - 3, height >> 1),
        top: at(width >> 1, 2),
        bottom: at(width >> 1, height - 3),
      };
      const sides = Object.entries(dark).filter(([, v]) => v);
      expect(sides.map(([k]) => k)).toEqual([side]);
    }
  });

  // The stored top edge tells mirrored from turned.
  test.each([
    [1, 'top'],
    [2, 'top'],
    [3, 'bottom'],
    [4, 'bottom'],
    [5, 'left'],
    [6, 'right'],
    [7, 'right'],
    [8, 'left'],
  ])('EXIF orientation %i puts the stored top edge at the %s', async (orientation, side) => {
    const stored = makeJpeg(32, 32, (_, y) => (y < 8 ? 0 : 255));
    const { grey } = await decodeImage(withOrientation(stored, orientation));
    const at = (x: number, y: number) => grey[y * 32 + x] < 128;
    const dark = { left: at(2, 16), right: at(29, 16), top: at(16, 2), bottom: at(16, 29) };
    expect(
      Object.entries(dark)
        .filter(([, v]) => v)
        .map(([k]) => k),
    ).toEqual([side]);
  });

  test.each([
    ['no ink', [255, 255, 255, 255], 255],
    ['black', [255, 255, 255, 0], 0],
    ['cyan', [0, 255, 255, 255], luma(0, 255, 255)],
  ] as const)('Adobe CMYK: %s', async (_, stored, grey) => {
    const image = await decodeImage(makeCmykJpeg(stored));
    expect([image.width, image.height]).toEqual([8, 8]);
    expect(Math.abs(image.grey[0] - grey)).toBeLessThanOrEqual(2);
  });

  test('a second picture after the end marker is left alone', async () => {
    const two = Buffer.concat([makeJpeg(16, 8, () => 50), makeJpeg(64, 64, () => 200)]);
    expect((await decodeImage(two)).width).toBe(16);
  });

  test('leaves no global behind', async () => {
    // The encoder of the test above leaves its own.
    Reflect.deleteProperty(globalThis, 'ImageData');
    await decodeImage(makeJpeg(8, 8, () => 50));
    expect('ImageData' in globalThis).toBe(false);
  });
});
