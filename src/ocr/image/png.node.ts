import { inflateSync } from 'node:zlib';
import { PNG } from 'pngjs';
import { greyFromRgba } from './grey.ts';
import { type PngHeader, readPngHeader } from './png.ts';
import { damaged, nameOf, truncated } from './problems.ts';
import type { DecodeOptions, GreyImage } from './types.ts';

/** Rows beyond the last one that a careless encoder may leave in the stream. */
const SLACK_BYTES = 65_536;

/**
 * Inflates once with a bound. pngjs inflates interlaced pictures without one, takes a short stream for a whole picture
 * and does not see a wrong checksum; a crop costs 20 microseconds more this way.
 */
function checkStream(header: PngHeader, name: string): void {
  let raw: number;
  try {
    raw = inflateSync(Buffer.concat(header.data), { maxOutputLength: header.rawBytes + SLACK_BYTES }).length;
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === 'Z_BUF_ERROR') throw truncated(name, 'PNG', 'its image data stops early');
    if (code === 'ERR_BUFFER_TOO_LARGE')
      throw damaged(name, 'PNG', `its image data is larger than ${header.width} x ${header.height} pixels`, cause);
    throw damaged(name, 'PNG', 'its image data does not decompress', cause);
  }
  if (raw < header.rawBytes)
    throw truncated(
      name,
      'PNG',
      `${raw} bytes of rows for ${header.width} x ${header.height} pixels, ${header.rawBytes} needed`,
    );
}

/**
 * Decodes a PNG of any size, depth and colour type, interlaced or not.
 * @throws ImageError
 */
export function decodePng(bytes: Uint8Array, options: DecodeOptions): GreyImage {
  const header = readPngHeader(bytes, options);
  const name = nameOf(options);
  checkStream(header, name);
  try {
    const png = PNG.sync.read(Buffer.from(bytes.buffer, bytes.byteOffset, header.end));
    return greyFromRgba(png.data, png.width, png.height);
  } catch (cause) {
    throw damaged(name, 'PNG', cause instanceof Error ? cause.message : String(cause), cause);
  }
}
