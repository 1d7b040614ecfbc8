import type { GreyImage } from '../image/index.ts';

/** Which pixels are ink, and what the page is like. */
export interface Ink {
  readonly width: number;
  readonly height: number;
  /** `[height, width]`, 1 where there is ink. */
  readonly mask: Uint8Array;
  /** Light ink on dark paper. */
  readonly dark: boolean;
}

/** Greys between paper and ink below which a page counts as blank. */
const LEAST_CONTRAST = 24;
/** Half the side of the window that a pixel is compared with: some letters of body text. */
const RADIUS = 24;
/** How far below its surroundings ink lies: 0.2 as Sauvola has it for greys of 0 to 255. */
const K = 0.2;
/** Stretched greys that are ink whatever surrounds them: the inside of thick strokes and of dark bars. */
const SURE = 64;

interface Levels {
  readonly paper: number;
  readonly ink: number;
  /** Deviation of the noise in greys. */
  readonly noise: number;
}

/** Paper is the commonest half of all greys, ink what lies farthest from it but for a few pixels. */
function levels(image: GreyImage): Levels {
  const { grey, width, height } = image;
  const histogram = new Uint32Array(256);
  const steps = new Uint32Array(256);
  for (let y = 0; y < height; y++) {
    const row = y * width;
    for (let x = 0; x < width; x++) histogram[grey[row + x]]++;
    // Every fourth row is enough for the noise.
    if ((y & 3) === 0) for (let x = 1; x < width; x++) steps[Math.abs(grey[row + x] - grey[row + x - 1])]++;
  }
  const few = Math.max(8, grey.length * 5e-4);
  const paper = rank(histogram, grey.length / 2);
  const low = rank(histogram, few);
  const high = rank(histogram, grey.length - few);
  const typical = rank(steps, steps.reduce((a, b) => a + b, 0) / 2);
  // The median of |difference| of two normal deviates is 0.954 deviations.
  return { paper, ink: paper - low >= high - paper ? low : high, noise: typical / 0.954 };
}

function rank(histogram: Uint32Array, count: number): number {
  let seen = 0;
  for (let v = 0; v < 256; v++) {
    seen += histogram[v];
    if (seen >= count) return v;
  }
  return 255;
}

/** Mean of 3 x 3 pixels, edges repeated: a third of the noise. */
function smooth(grey: Uint8Array, width: number, height: number): Uint8Array {
  const rows = new Uint16Array(width * height);
  for (let y = 0; y < height; y++) {
    const at = y * width;
    for (let x = 0; x < width; x++)
      rows[at + x] = grey[at + Math.max(0, x - 1)] + grey[at + x] + grey[at + Math.min(width - 1, x + 1)];
  }
  const out = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const up = Math.max(0, y - 1) * width;
    const at = y * width;
    const down = Math.min(height - 1, y + 1) * width;
    for (let x = 0; x < width; x++) out[at + x] = (rows[up + x] + rows[at + x] + rows[down + x]) / 9;
  }
  return out;
}

/**
 * Parts ink from paper by Sauvola's local threshold, on greys stretched so that paper is white and the ink black.
 * @returns undefined where nothing stands out from the paper
 * @see https://doi.org/10.1016/S0031-3203(99)00055-2
 */
export function binarise(image: GreyImage): Ink | undefined {
  const { width, height } = image;
  const { paper, ink, noise } = levels(image);
  const contrast = Math.abs(paper - ink);
  if (contrast < Math.max(LEAST_CONTRAST, 5 * noise)) return undefined;
  const source = noise > 0.05 * contrast ? smooth(image.grey, width, height) : image.grey;
  const stretch = Uint8Array.from({ length: 256 }, (_, v) =>
    Math.max(0, Math.min(255, Math.round((255 * (v - ink)) / (paper - ink)))),
  );
  const grey = new Uint8Array(source.length);
  for (let i = 0; i < grey.length; i++) grey[i] = stretch[source[i]];
  return { width, height, mask: sauvola(grey, width, height), dark: ink > paper };
}

/** Sums over the window slide down by columns and along each row: four additions a pixel, and no memory but two rows. */
function sauvola(grey: Uint8Array, width: number, height: number): Uint8Array {
  const mask = new Uint8Array(width * height);
  const sums = new Float64Array(width);
  const squares = new Float64Array(width);
  const slide = (y: number, sign: number) => {
    const row = y * width;
    for (let x = 0; x < width; x++) {
      const v = grey[row + x];
      sums[x] += sign * v;
      squares[x] += sign * v * v;
    }
  };
  for (let y = 0; y < Math.min(RADIUS, height); y++) slide(y, 1);
  for (let y = 0; y < height; y++) {
    if (y + RADIUS < height) slide(y + RADIUS, 1);
    if (y - RADIUS - 1 >= 0) slide(y - RADIUS - 1, -1);
    const rows = Math.min(height - 1, y + RADIUS) - Math.max(0, y - RADIUS) + 1;
    let sum = 0;
    let square = 0;
    for (let x = 0; x < Math.min(RADIUS, width); x++) {
      sum += sums[x];
      square += squares[x];
    }
    const at = y * width;
    for (let x = 0; x < width; x++) {
      if (x + RADIUS < width) {
        sum += sums[x + RADIUS];
        square += squares[x + RADIUS];
      }
      if (x - RADIUS - 1 >= 0) {
        sum -= sums[x - RADIUS - 1];
        square -= squares[x - RADIUS - 1];
      }
      const count = rows * (Math.min(width - 1, x + RADIUS) - Math.max(0, x - RADIUS) + 1);
      const mean = sum / count;
      const v = grey[at + x];
      // Most pixels are paper, and need no root.
      if (v >= mean) continue;
      const deviation = Math.sqrt(Math.max(0, square / count - mean * mean));
      if (v <= SURE || v < mean * (1 - K * (1 - deviation / 128))) mask[at + x] = 1;
    }
  }
  // Where all is dark, nothing is below the mean: the inside of bars and thick strokes.
  for (let i = 0; i < mask.length; i++) if (grey[i] <= SURE) mask[i] = 1;
  return mask;
}
