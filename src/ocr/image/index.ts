/** Images in: the bytes of a PNG or JPEG to grey pixels, the same in Node and in browsers. */
import { decode as decodeInBrowser } from './decode.browser.ts';
import { checkBytes } from './problems.ts';
import type { DecodeOptions, GreyImage } from './types.ts';

export { greyFromRgba } from './grey.ts';
export { checkSize } from './problems.ts';
export { type FileKind, sniff } from './sniff.ts';
export { type DecodeOptions, type GreyImage, MAX_FILE_BYTES, MAX_PIXELS, MAX_SIDE } from './types.ts';

type Decode = typeof decodeInBrowser;

// A variable keeps bundlers from following the import: the Node decoders are no part of a browser bundle. The browser's
// is imported as ever: a chunk of its own would cost a request, and the bundle would no longer be one file.
const NODE_DECODER = './decode.node.ts';

async function decoder(): Promise<Decode> {
  if (typeof createImageBitmap === 'function' && typeof OffscreenCanvas === 'function') return decodeInBrowser;
  const node = (await import(/* @vite-ignore */ /* webpackIgnore: true */ NODE_DECODER)) as { decode: Decode };
  return node.decode;
}

/**
 * Decodes a PNG or JPEG of any size and colour type to grey: Rec. 601 luma, transparency over white, EXIF orientation
 * applied. The header is checked before anything is allocated.
 * @throws ImageError where the bytes are no such picture, truncated, damaged or too large
 */
export async function decodeImage(bytes: Uint8Array, options: DecodeOptions = {}): Promise<GreyImage> {
  checkBytes(bytes.byteLength, options);
  return (await decoder())(bytes, options);
}
