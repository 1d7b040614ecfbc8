/** Files that are no picture of a word, as people have them. */
import { deflateSync } from 'node:zlib';
import { chunk, header, pngOf } from '../ocr/image/make.ts';

/** Two frames of 1 x 1: the shortest animation. */
export function animatedGif(): Uint8Array {
  const control = [0x21, 0xf9, 4, 0, 10, 0, 0, 0];
  const frame = [0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0];
  return Uint8Array.from([
    ...Buffer.from('GIF89a', 'latin1'),
    ...[1, 0, 1, 0, 0x80, 0, 0, 0, 0, 0, 255, 255, 255],
    ...control,
    ...frame,
    ...control,
    ...frame,
    0x3b,
  ]);
}

/** What begins a photo of an iPhone. */
export function heic(): Uint8Array {
  return Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1');
}

/** A whole PNG of 70 bytes that claims 64 million pixels. */
export function tinyBomb(): Uint8Array {
  return pngOf(
    header(8000, 8000, 8, 0),
    chunk('IDAT', deflateSync(new Uint8Array(1200))),
    chunk('IEND', new Uint8Array(0)),
  );
}
