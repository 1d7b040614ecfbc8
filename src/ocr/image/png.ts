import { crc32 } from './crc32.ts';
import { checkSize, damaged, imageError, nameOf, truncated } from './problems.ts';
import type { DecodeOptions, ImageHeader } from './types.ts';

/** A PNG whose structure has been checked; nothing is inflated yet. https://www.w3.org/TR/png-3/ */
export interface PngHeader extends ImageHeader {
  readonly depth: number;
  readonly colourType: number;
  readonly interlaced: boolean;
  /** Bytes of filtered rows that the image data inflates to. */
  readonly rawBytes: number;
  /** Where the IEND chunk ends; bytes after it are no part of the picture. */
  readonly end: number;
  /** The compressed rows, chunk by chunk. */
  readonly data: readonly Uint8Array[];
}

/** Depths allowed and samples a pixel, by colour type. */
const COLOUR: Readonly<Record<number, { depths: readonly number[]; samples: number }>> = {
  0: { depths: [1, 2, 4, 8, 16], samples: 1 },
  2: { depths: [8, 16], samples: 3 },
  3: { depths: [1, 2, 4, 8], samples: 1 },
  4: { depths: [8, 16], samples: 2 },
  6: { depths: [8, 16], samples: 4 },
};
/** Adam7: x and y of a pass's first pixel, x and y steps. */
const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;
/** Deflate packs at best 258 bytes into 2 bits. https://zlib.net/zlib_tech.html */
const MAX_DEFLATE_RATIO = 1032;
/** Filtered bytes at most: 64 megapixels of 8-bit RGBA. 16-bit pictures end at half of that. */
const MAX_RAW_BYTES = 260 * 1024 * 1024;

interface Chunk {
  readonly type: string;
  readonly start: number;
  readonly length: number;
}

/** Walks the chunks, checking each one's bounds, name and CRC. */
function* chunks(bytes: Uint8Array, name: string): Generator<Chunk> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 8; ; ) {
    if (at + 12 > bytes.length) throw truncated(name, 'PNG', `ends at byte ${bytes.length}, before its end chunk`);
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (!/^[A-Za-z]{4}$/.test(type)) throw damaged(name, 'PNG', `no chunk name at byte ${at + 4}`);
    if (length > bytes.length - at - 12)
      throw truncated(
        name,
        'PNG',
        `chunk ${type} at byte ${at} needs ${length} bytes, ${bytes.length - at - 12} are left`,
      );
    if (crc32(bytes.subarray(at + 4, at + 8 + length)) !== view.getUint32(at + 8 + length))
      throw damaged(name, 'PNG', `wrong checksum of chunk ${type} at byte ${at}`);
    yield { type, start: at + 8, length };
    at += 12 + length;
  }
}

/** Filtered bytes: a filter byte and the packed samples of each row, of each pass. */
function rawSize(width: number, height: number, bitsPerPixel: number, interlaced: boolean): number {
  const pass = (w: number, h: number): number => (w > 0 && h > 0 ? h * (1 + Math.ceil((w * bitsPerPixel) / 8)) : 0);
  if (!interlaced) return pass(width, height);
  return PASSES.reduce(
    (sum, [x, y, dx, dy]) => sum + pass(Math.ceil((width - x) / dx), Math.ceil((height - y) / dy)),
    0,
  );
}

/**
 * Checks a PNG's structure and its size against the limits, before anything is decoded.
 * @throws ImageError where it is truncated, damaged or too large.
 */
export function readPngHeader(bytes: Uint8Array, options: DecodeOptions): PngHeader {
  const name = nameOf(options);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let size: { width: number; height: number; depth: number; colourType: number; interlaced: boolean } | undefined;
  let palette = false;
  let dataEnd = 0;
  const data: Uint8Array[] = [];
  for (const { type, start, length } of chunks(bytes, name)) {
    if ((size === undefined) !== (type === 'IHDR'))
      throw damaged(name, 'PNG', size ? 'a second header chunk' : `starts with chunk ${type} instead of IHDR`);
    if (type === 'IHDR') {
      if (length !== 13) throw damaged(name, 'PNG', `expected a header of 13 bytes, got ${length}`);
      const [depth, colourType, compression, filter, interlace] = bytes.subarray(start + 8, start + 13);
      size = {
        width: view.getUint32(start),
        height: view.getUint32(start + 4),
        depth,
        colourType,
        interlaced: interlace === 1,
      };
      if (!COLOUR[colourType]?.depths.includes(depth))
        throw damaged(name, 'PNG', `no picture has colour type ${colourType} with ${depth} bits`);
      if (compression !== 0 || filter !== 0 || interlace > 1)
        throw damaged(name, 'PNG', `unknown compression ${compression}, filter ${filter} or interlace ${interlace}`);
      checkSize(size.width, size.height, options);
    } else if (type === 'PLTE') {
      if (length === 0 || length % 3 !== 0 || length > 768) throw damaged(name, 'PNG', `a palette of ${length} bytes`);
      palette = true;
    } else if (type === 'IDAT') {
      if (size?.colourType === 3 && !palette) throw damaged(name, 'PNG', 'no palette before the image data');
      if (data.length > 0 && dataEnd !== start - 8) throw damaged(name, 'PNG', 'other chunks between the image data');
      data.push(bytes.subarray(start, start + length));
      dataEnd = start + length + 4;
    } else if (type === 'IEND') {
      if (size === undefined || data.length === 0) throw damaged(name, 'PNG', 'no image data');
      return { ...size, orientation: 1, rawBytes: checkRaw(size, data, name), end: start + length + 4, data };
    } else if (type[0] < 'a') throw damaged(name, 'PNG', `unknown critical chunk ${type}`);
  }
  throw truncated(name, 'PNG', 'no end chunk');
}

function checkRaw(
  size: Pick<PngHeader, 'width' | 'height' | 'depth' | 'colourType' | 'interlaced'>,
  data: readonly Uint8Array[],
  name: string,
): number {
  const raw = rawSize(size.width, size.height, size.depth * COLOUR[size.colourType].samples, size.interlaced);
  if (raw > MAX_RAW_BYTES)
    throw imageError(
      name,
      `expected at most ${MAX_RAW_BYTES / 2 ** 20} MiB once decompressed, got ${Math.ceil(raw / 2 ** 20)} MiB`,
      'Save it with 8 bits a channel, or crop it to the word.',
    );
  const packed = data.reduce((sum, d) => sum + d.length, 0);
  if (raw > packed * MAX_DEFLATE_RATIO)
    throw damaged(name, 'PNG', `${packed} bytes of image data cannot hold ${size.width} x ${size.height} pixels`);
  return raw;
}
