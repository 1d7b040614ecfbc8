import { deflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { ImageError } from '../../../src/gpu/errors.ts';
import { decodeImage, sniff } from '../../../src/ocr/image/index.ts';
import { chunk, header, makeJpeg, makePng, pngOf } from './make.ts';

const png = makePng({ width: 20, height: 10, depth: 8, colourType: 0, pixel: (x, y) => [(x * y * 31) & 255] });
const jpeg = makeJpeg(20, 10, (x, y) => (x * y * 31) & 255);
const end = chunk('IEND', new Uint8Array(0));
const tiny = chunk('IDAT', deflateSync(new Uint8Array(2)));
const latin = (text: string) => Buffer.from(text, 'latin1');

/** The picture with `bytes` written over it at `at`. */
function patched(picture: Buffer, at: number, bytes: readonly number[]): Buffer {
  const copy = Buffer.from(picture);
  copy.set(bytes, at);
  return copy;
}

/** Where the frame header of a baseline JPEG starts. */
const frameAt = jpeg.indexOf(Buffer.from([0xff, 0xc0, 0, 17]));

const cases: Record<string, () => Uint8Array> = {
  'zero bytes': () => new Uint8Array(0),
  'text named .png': () => latin('not a picture\n'),
  'UTF-8 text cut inside a letter': () => Buffer.from('é'.repeat(700)).subarray(0, 1025),
  svg: () => latin('<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>'),
  html: () => latin('<!DOCTYPE html><html>404</html>'),
  'git lfs pointer': () => latin('version https://git-lfs.github.com/spec/v1\noid sha256:0\n'),
  gif: () => latin('GIF89a\x01\0\x01\0'),
  webp: () => latin('RIFF\x24\0\0\0WEBPVP8 '),
  heic: () => latin('\0\0\0\x18ftypheic\0\0\0\0'),
  avif: () => latin('\0\0\0\x1cftypavif\0\0\0\0'),
  bmp: () => latin('BM\x46\0\0\0\0\0\0\0\x36\0\0\0'),
  tiff: () => latin('II*\0\x08\0\0\0'),
  pdf: () => latin('%PDF-1.7\n'),
  zip: () => latin('PK\x03\x04\x14\0'),
  'random bytes': () => Uint8Array.from([0x9d, 3, 0, 250, 17]),
  'png: signature only': () => png.subarray(0, 8),
  'png: cut in the header': () => png.subarray(0, 20),
  'png: cut in the image data': () => png.subarray(0, 60),
  'png: cut before the end chunk': () => png.subarray(0, -12),
  'png: image data stops early': () =>
    pngOf(header(20, 10, 8, 0), chunk('IDAT', deflateSync(new Uint8Array(210)).subarray(0, -6)), end),
  'png: too few rows': () => pngOf(header(20, 10, 8, 0), chunk('IDAT', deflateSync(new Uint8Array(100))), end),
  'png: no deflate stream': () => pngOf(header(20, 10, 8, 0), chunk('IDAT', Uint8Array.from([1, 2, 3, 4])), end),
  'png: wrong checksum': () => patched(png, 45, [png[45] ^ 1]),
  'png: no image data': () => pngOf(header(20, 10, 8, 0), end),
  'png: no palette': () => pngOf(header(1, 1, 8, 3), tiny, end),
  'png: colour outside the palette': () =>
    pngOf(
      header(1, 1, 8, 3),
      chunk('PLTE', new Uint8Array(3)),
      chunk('IDAT', deflateSync(Uint8Array.from([0, 9]))),
      end,
    ),
  'png: colour type 1': () => pngOf(header(1, 1, 8, 1), tiny, end),
  'png: 3 bits': () => pngOf(header(1, 1, 3, 0), tiny, end),
  'png: unknown filter byte': () => pngOf(header(1, 1, 8, 0), chunk('IDAT', deflateSync(Uint8Array.from([9, 0]))), end),
  'png: no header first': () => pngOf(tiny, end),
  'png: two headers': () => pngOf(header(1, 1, 8, 0), header(1, 1, 8, 0), tiny, end),
  'png: unknown critical chunk': () => pngOf(header(1, 1, 8, 0), chunk('ABCD', new Uint8Array(1)), tiny, end),
  'png: zero width': () => pngOf(header(0, 10, 8, 0), tiny, end),
  'png: 50,000 x 50,000': () => pngOf(header(50_000, 50_000, 8, 0), tiny, end),
  'png: 4,294,967,295 x 1': () => pngOf(header(4_294_967_295, 1, 8, 0), tiny, end),
  'png: more pixels than its bytes can hold': () => pngOf(header(8000, 8000, 8, 0), tiny, end),
  'png: a bomb behind a small header': () =>
    pngOf(header(4, 4, 8, 0, 1), chunk('IDAT', deflateSync(new Uint8Array(50_000_000))), end),
  'png: 16-bit RGBA of 61 megapixels': () => pngOf(header(8000, 8000, 16, 6), tiny, end),
  'jpeg: start marker only': () => jpeg.subarray(0, 3),
  'jpeg: cut in a table': () => jpeg.subarray(0, 60),
  'jpeg: cut in the image data': () => jpeg.subarray(0, -20),
  'jpeg: image data stops early': () => Buffer.concat([jpeg.subarray(0, -40), jpeg.subarray(-2)]),
  'jpeg: no image data': () => latin('\xff\xd8\xff\xd9'),
  'jpeg: 60,000 x 60,000': () => patched(jpeg, frameAt + 5, [0xea, 0x60, 0xea, 0x60]),
  'jpeg: zero height': () => patched(jpeg, frameAt + 5, [0, 0]),
  'jpeg: more pixels than its bytes can hold': () => patched(jpeg, frameAt + 5, [0x1f, 0x40, 0x1f, 0x40]),
  'jpeg: 12 bits': () => patched(jpeg, frameAt + 4, [12]),
  'jpeg: 2 components': () => patched(jpeg, frameAt + 9, [2]),
  'jpeg: arithmetic': () => patched(jpeg, frameAt, [0xff, 0xc9]),
  'jpeg: lossless': () => patched(jpeg, frameAt, [0xff, 0xc3]),
};

describe('what is refused, and how', () => {
  test.each(Object.keys(cases))('%s', async (name) => {
    const bytes = cases[name]();
    const start = process.cpuUsage();
    const error: unknown = await decodeImage(bytes, { name: 'word.png' }).then(
      () => undefined,
      (e: unknown) => e,
    );
    expect(error).toBeInstanceOf(ImageError);
    const { message, hint, code } = error as ImageError;
    expect(code).toBe('BAD_IMAGE');
    expect(`${message}${hint}`).not.toMatch(/\n/);
    // Processor time, not the clock's: other work on the machine is no fault of the decoder.
    const { user, system } = process.cpuUsage(start);
    expect((user + system) / 1000).toBeLessThan(2000);
    expect(`${message}. ${hint}`).toMatchSnapshot();
  });

  test('the caller may set a lower limit', async () => {
    await expect(decodeImage(png, { maxPixels: 100 })).rejects.toThrow(/^image: .*got 20 x 10/);
  });

  test('what looks like BM in a text is a text', () => {
    expect(sniff(latin('BMW is a car maker'))).toBe('text');
  });
});
