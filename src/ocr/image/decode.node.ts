import { decodeJpeg } from './jpeg.node.ts';
import { decodePng } from './png.node.ts';
import { nameOf } from './problems.ts';
import { notAPicture, sniff } from './sniff.ts';
import type { DecodeOptions, GreyImage } from './types.ts';

/** PNG and JPEG in Node. @throws ImageError */
export async function decode(bytes: Uint8Array, options: DecodeOptions): Promise<GreyImage> {
  const kind = sniff(bytes);
  if (kind === 'png') return decodePng(bytes, options);
  if (kind === 'jpeg') return decodeJpeg(bytes, options);
  throw notAPicture(nameOf(options), kind);
}
