/** Images in: the bytes of a PNG or JPEG to grey pixels, the same in Node and in browsers. */
import { decode as decodeInBrowser } from './decode.browser.ts';
import { checkBytes } from './problems.ts';
import type { DecodeOptions, GreyImage } from './types.ts';

export { greyFromRgba } from './grey.ts';
export { checkSize } from './problems.ts';
export { type FileKind, sniff } from './sniff.ts';
export { type DecodeOptions, type GreyImage, MAX_FILE_BYTES, MAX_PIXELS, MAX_SIDE } from './types.ts';

type Decode = typeof decodeInBrowser;

let decoder: Decode = decodeInBrowser;

/** Registers Node's decoders; the entries for browsers reach none of them. @internal */
export function setImageDecoder(decode: Decode): void {
  decoder = decode;
}

/**
 * Decodes a PNG or JPEG of any size and colour type to grey: Rec. 601 luma, transparency over white, EXIF orientation
 * applied. The header is checked before anything is allocated.
 * @throws ImageError where the bytes are no such picture, truncated, damaged or too large
 */
export async function decodeImage(bytes: Uint8Array, options: DecodeOptions = {}): Promise<GreyImage> {
  checkBytes(bytes.byteLength, options);
  return decoder(bytes, options);
}
