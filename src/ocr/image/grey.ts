import type { GreyImage, Orientation } from './types.ts';

/**
 * Rec. 601 luma of RGBA over white, rounded. Weights in 1/65536, summing to 65536, so grey stays what it was.
 * @param rgba `[height, width, 4]`, alpha not premultiplied
 */
export function greyFromRgba(rgba: Uint8Array | Uint8ClampedArray, width: number, height: number): GreyImage {
  const grey = new Uint8Array(width * height);
  for (let i = 0, j = 0; i < grey.length; i++, j += 4) {
    const luma = 19595 * rgba[j] + 38470 * rgba[j + 1] + 7471 * rgba[j + 2];
    const alpha = rgba[j + 3];
    grey[i] = alpha === 255 ? (luma + 32768) >>> 16 : Math.round(((luma / 65536) * alpha + 255 * (255 - alpha)) / 255);
  }
  return { width, height, grey };
}

/** Turns and mirrors a picture as its EXIF orientation says, so that it stands as it was taken. */
export function orient(image: GreyImage, orientation: Orientation): GreyImage {
  if (orientation === 1) return image;
  const { width: w, height: h, grey } = image;
  const sideways = orientation >= 5;
  const width = sideways ? h : w;
  const height = sideways ? w : h;
  const out = new Uint8Array(grey.length);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      // The stored pixel that ends up at (x, y).
      const u = sideways ? y : x;
      const v = sideways ? x : y;
      const sx = [2, 3, 7, 8].includes(orientation) ? w - 1 - u : u;
      const sy = [3, 4, 6, 7].includes(orientation) ? h - 1 - v : v;
      out[y * width + x] = grey[sy * w + sx];
    }
  return { width, height, grey: out };
}
