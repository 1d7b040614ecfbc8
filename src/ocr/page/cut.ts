import type { GreyImage } from '../image/index.ts';
import { crop } from '../input.ts';
import type { PageBox } from './types.ts';

/** Air around a line over its height, as the generator of lines leaves it; beyond the picture its edge is repeated. */
const AIR_X = 0.3;
const AIR_Y = 0.14;

/** A cut-out, and the way back: pixel (u, v) of it is (x + u, y + v + u * slope) of the page. */
export interface Cut {
  readonly image: GreyImage;
  readonly x: number;
  readonly y: number;
  readonly slope: number;
}

/** Cuts a line or word out of a page and straightens it: columns move up or down by fractions of a pixel. */
export function cutOut(page: GreyImage, part: PageBox): Cut {
  const [[x0, y0], [x1, y1], , [, y3]] = part.corners;
  const slope = x1 > x0 ? (y1 - y0) / (x1 - x0) : 0;
  const high = y3 - y0;
  const x = Math.round(x0 - AIR_X * high);
  const width = Math.max(1, Math.round(x1 + AIR_X * high) - x);
  const top = y0 - AIR_Y * high + (x - x0) * slope;
  const height = Math.max(1, Math.round((1 + 2 * AIR_Y) * high));
  const inside = x >= 0 && x + width <= page.width && top >= 0 && Math.round(top) + height <= page.height;
  if (slope === 0 && inside) {
    const y = Math.round(top);
    return { image: crop(page, { x, y, width, height }), x, y, slope };
  }
  const grey = new Uint8Array(width * height);
  for (let u = 0; u < width; u++) {
    const column = Math.max(0, Math.min(page.width - 1, x + u));
    for (let v = 0; v < height; v++) {
      const at = Math.max(0, Math.min(page.height - 1, top + v + u * slope));
      const low = Math.floor(at);
      const f = at - low;
      const a = page.grey[low * page.width + column];
      const b = page.grey[Math.min(page.height - 1, low + 1) * page.width + column];
      grey[v * width + u] = a + (b - a) * f + 0.5;
    }
  }
  return { image: { width, height, grey }, x, y: top, slope };
}
