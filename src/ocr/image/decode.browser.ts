import { greyFromRgba } from './grey.ts';
import { checkSize, damaged, nameOf } from './problems.ts';
import { notAPicture, sniff } from './sniff.ts';
import type { DecodeOptions, GreyImage } from './types.ts';

/** What browsers decode beyond PNG, JPEG and GIF; their own limits guard them. */
const ALSO = ['webp', 'avif', 'bmp'];

/** Decodes with the browser's own decoders. @throws ImageError */
export async function decode(bytes: Uint8Array, options: DecodeOptions): Promise<GreyImage> {
  const name = nameOf(options);
  const kind = sniff(bytes);
  // A page loads what its own kind of picture needs.
  if (kind === 'png') (await import('./png.ts')).readPngHeader(bytes, options);
  else if (kind === 'jpeg') (await import('./jpeg.ts')).readJpegHeader(bytes, options);
  else if (kind === 'gif') (await import('./gif.ts')).checkStill(bytes, name);
  else if (!ALSO.includes(kind)) throw notAPicture(name, kind);
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
