import { greyFromRgba } from './grey.ts';
import { readPngHeader } from './png.ts';
import { checkSize, damaged, imageError, nameOf } from './problems.ts';
import { notAPicture, sniff } from './sniff.ts';
import type { DecodeOptions, GreyImage } from './types.ts';

/** What browsers decode beyond PNG and JPEG; their own limits guard them. */
const ALSO = ['gif', 'webp', 'avif', 'bmp'];

/** Decodes with the browser's own decoders. @throws ImageError */
export async function decode(bytes: Uint8Array, options: DecodeOptions): Promise<GreyImage> {
  const name = nameOf(options);
  const kind = sniff(bytes);
  if (kind === 'png') readPngHeader(bytes, options);
  // A page loads what its own kind of picture needs.
  else if (kind === 'jpeg') (await import('./jpeg.ts')).readJpegHeader(bytes, options);
  else if (!ALSO.includes(kind)) throw notAPicture(name, kind);
  const frames = kind === 'gif' ? (await import('./gif.ts')).gifFrames(bytes) : 1;
  // Its first picture is mostly not the one with the word.
  if (frames > 1)
    throw imageError(
      name,
      `expected a PNG or JPEG, got an animated GIF, of ${frames} pictures`,
      'Save the one with the word as a PNG.',
    );
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(new Blob([bytes as Uint8Array<ArrayBuffer>]), {
      imageOrientation: 'from-image',
      // As in Node: embedded colour profiles are not applied.
      colorSpaceConversion: 'none',
    });
  } catch (cause) {
    throw damaged(name, kind.toUpperCase(), 'the browser cannot decode it', cause);
  }
  try {
    const { width, height } = bitmap;
    checkSize(width, height, options);
    const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
    if (!context) throw damaged(name, kind.toUpperCase(), 'the browser gave no canvas to read it from');
    context.fillStyle = '#fff';
    context.fillRect(0, 0, width, height);
    context.drawImage(bitmap, 0, 0);
    return greyFromRgba(context.getImageData(0, 0, width, height).data, width, height);
  } finally {
    bitmap.close();
  }
}
