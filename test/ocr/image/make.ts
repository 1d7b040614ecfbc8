import { deflateSync } from 'node:zlib';
import jpegJs from 'jpeg-js';
import { crc32 } from '../../../src/ocr/image/crc32.ts';

/** One PNG chunk with its length and checksum. */
export function chunk(type: string, body: Uint8Array): Buffer {
  const out = Buffer.alloc(12 + body.length);
  out.writeUInt32BE(body.length, 0);
  out.write(type, 4, 'latin1');
  out.set(body, 8);
  out.writeUInt32BE(crc32(out.subarray(4, 8 + body.length)), 8 + body.length);
  return out;
}

export interface PngSpec {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly colourType: number;
  readonly interlaced?: boolean;
  /** Samples of the pixel at (x, y), `0 .. 2^depth - 1` each. */
  readonly pixel: (x: number, y: number) => readonly number[];
  readonly palette?: readonly (readonly number[])[];
  readonly transparency?: readonly number[];
}

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]);
const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
];

export function header(width: number, height: number, depth: number, colourType: number, interlace = 0): Buffer {
  const body = Buffer.alloc(13);
  body.writeUInt32BE(width, 0);
  body.writeUInt32BE(height, 4);
  body.set([depth, colourType, 0, 0, interlace], 8);
  return chunk('IHDR', body);
}

/** Unfiltered rows of the pixels at x0, x0 + dx, ... packed as PNG packs them. */
function rows(spec: PngSpec, [x0, y0, dx, dy]: readonly number[]): number[] {
  const bytes: number[] = [];
  if (x0 >= spec.width) return bytes;
  for (let y = y0; y < spec.height; y += dy) {
    const bits: number[] = [];
    for (let x = x0; x < spec.width; x += dx)
      for (const sample of spec.pixel(x, y)) for (let b = spec.depth - 1; b >= 0; b--) bits.push((sample >> b) & 1);
    bytes.push(0);
    for (let i = 0; i < bits.length; i += 8)
      bytes.push(Array.from({ length: 8 }, (_, k) => bits[i + k] ?? 0).reduce((v, bit) => v * 2 + bit, 0));
  }
  return bytes;
}

/** A PNG of any colour type and depth, written apart from the library that reads it. */
export function makePng(spec: PngSpec): Buffer {
  const raw = spec.interlaced ? ADAM7.flatMap((pass) => rows(spec, pass)) : rows(spec, [0, 0, 1, 1]);
  const parts = [SIGNATURE, header(spec.width, spec.height, spec.depth, spec.colourType, spec.interlaced ? 1 : 0)];
  if (spec.palette) parts.push(chunk('PLTE', Uint8Array.from(spec.palette.flat())));
  if (spec.transparency) parts.push(chunk('tRNS', Uint8Array.from(spec.transparency)));
  parts.push(chunk('IDAT', deflateSync(Uint8Array.from(raw))), chunk('IEND', new Uint8Array(0)));
  return Buffer.concat(parts);
}

/** A PNG from hand-picked chunks. */
export function pngOf(...parts: readonly Uint8Array[]): Buffer {
  return Buffer.concat([SIGNATURE, ...parts]);
}

/** A baseline colour JPEG of a grey function, near lossless. */
export function makeJpeg(width: number, height: number, grey: (x: number, y: number) => number): Buffer {
  const data = new Uint8Array(width * height * 4).fill(255);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) data.fill(grey(x, y), (y * width + x) * 4, (y * width + x) * 4 + 3);
  return Buffer.from(jpegJs.encode({ data, width, height }, 98).data);
}

/** Puts an EXIF segment with one tag, the orientation, after the start marker. */
export function withOrientation(jpeg: Buffer, orientation: number, little = true): Buffer {
  const tiff = Buffer.alloc(26);
  const u16 = (v: number, at: number) => (little ? tiff.writeUInt16LE(v, at) : tiff.writeUInt16BE(v, at));
  const u32 = (v: number, at: number) => (little ? tiff.writeUInt32LE(v, at) : tiff.writeUInt32BE(v, at));
  tiff.write(little ? 'II' : 'MM', 0, 'latin1');
  u16(42, 2);
  u32(8, 4);
  u16(1, 8);
  u16(0x0112, 10);
  u16(3, 12);
  u32(1, 14);
  u16(orientation, 18);
  const body = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), tiff]);
  const head = Buffer.from([0xff, 0xe1, 0, body.length + 2]);
  return Buffer.concat([jpeg.subarray(0, 2), head, body, jpeg.subarray(2)]);
}

function segment(marker: number, body: readonly number[]): Buffer {
  return Buffer.from([0xff, marker, (body.length + 2) >> 8, (body.length + 2) & 255, ...body]);
}

/** An 8 x 8 Adobe CMYK JPEG of one colour: 255 is no ink. Every block is one DC difference of up to 11 bits. */
export function makeCmykJpeg(stored: readonly [number, number, number, number]): Buffer {
  let bits = '';
  for (const value of stored) {
    // A flat block's DC coefficient is 8 times its level; the quantiser is 8.
    const level = value - 128;
    const size = level === 0 ? 0 : Math.floor(Math.log2(Math.abs(level))) + 1;
    // Every category has the 4-bit code of its own number; one AC code, `0`, ends the block.
    bits += size.toString(2).padStart(4, '0');
    if (size > 0) bits += (level > 0 ? level : level + 2 ** size - 1).toString(2).padStart(size, '0');
    bits += '0';
  }
  const bytes = (bits.padEnd(Math.ceil(bits.length / 8) * 8, '1').match(/.{8}/g) ?? []).map((b) =>
    Number.parseInt(b, 2),
  );
  const counts = (n: number, at: number) => Array.from({ length: 16 }, (_, i) => (i + 1 === at ? n : 0));
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    segment(0xee, [...Buffer.from('Adobe'), 0, 100, 0, 0, 0, 0, 0]),
    segment(0xdb, [0, ...new Array<number>(64).fill(8)]),
    segment(0xc0, [8, 0, 8, 0, 8, 4, ...[1, 2, 3, 4].flatMap((id) => [id, 0x11, 0])]),
    segment(0xc4, [0x00, ...counts(9, 4), 0, 1, 2, 3, 4, 5, 6, 7, 8]),
    segment(0xc4, [0x10, ...counts(1, 1), 0]),
    segment(0xda, [4, ...[1, 2, 3, 4].flatMap((id) => [id, 0]), 0, 63, 0]),
    Buffer.from(bytes.flatMap((b) => (b === 255 ? [255, 0] : [b]))),
    Buffer.from([0xff, 0xd9]),
  ]);
}
