import { resizeGrey } from '../../nn/resize.ts';

/** A grey image, `[height, width]`. */
export interface GreyImage {
  readonly width: number;
  readonly height: number;
  readonly grey: Uint8Array;
}

/** The measured figures of one image, all but the width taken after stretching to 32 x 128. */
export interface ImageStats {
  readonly greyMean: number;
  readonly greyDeviation: number;
  readonly gradientX: number;
  readonly gradientY: number;
  readonly laplacian: number;
  readonly firstRow: number;
  readonly lastRow: number;
  readonly firstColumn: number;
  readonly lastColumn: number;
  readonly width: number;
}

const W = 128;
const H = 32;
/** A row or column is text where its deviation exceeds this share of the largest one. */
const TEXT_SHARE = 0.35;

function extent(deviations: readonly number[]): { first: number; last: number } {
  const limit = Math.max(...deviations) * TEXT_SHARE;
  return { first: deviations.findIndex((d) => d > limit), last: deviations.findLastIndex((d) => d > limit) };
}

function deviation(at: (i: number) => number, n: number): number {
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < n; i++) {
    const v = at(i);
    sum += v;
    squares += v * v;
  }
  return Math.sqrt(Math.max(0, squares / n - (sum / n) ** 2));
}

/** Measures one image. */
export function measureImage(image: GreyImage): ImageStats {
  const g = resizeGrey(image.grey, image.width, image.height, W, H);
  let sum = 0;
  let gradientX = 0;
  let gradientY = 0;
  let laplacian = 0;
  for (let y = 0; y < H; y++) {
    for (let x = 0; x < W; x++) {
      const i = y * W + x;
      sum += g[i];
      if (x + 1 < W) gradientX += Math.abs(g[i + 1] - g[i]);
      if (y + 1 < H) gradientY += Math.abs(g[i + W] - g[i]);
      if (x > 0 && y > 0 && x + 1 < W && y + 1 < H) {
        laplacian += Math.abs(4 * g[i] - g[i - 1] - g[i + 1] - g[i - W] - g[i + W]);
      }
    }
  }
  const greyDeviation = deviation((i) => g[i], W * H);
  const rows = extent(Array.from({ length: H }, (_, y) => deviation((x) => g[y * W + x], W)));
  const columns = extent(Array.from({ length: W }, (_, x) => deviation((y) => g[y * W + x], H)));
  return {
    greyMean: sum / (W * H),
    greyDeviation,
    gradientX: gradientX / ((W - 1) * H),
    gradientY: gradientY / (W * (H - 1)),
    laplacian: laplacian / ((W - 2) * (H - 2)) / Math.max(1e-6, greyDeviation),
    firstRow: rows.first,
    lastRow: rows.last,
    firstColumn: columns.first,
    lastColumn: columns.last,
    width: image.width,
  };
}

/** Percentiles of one figure over a set. */
export interface StatRow {
  readonly figure: keyof ImageStats;
  readonly title: string;
  /** At 5, 10, 25, 50, 75, 90 and 95 %. */
  readonly percentiles: readonly number[];
}

/** The percentiles reported. */
export const STAT_PERCENTILES = [5, 10, 25, 50, 75, 90, 95] as const;

const TITLES: Record<keyof ImageStats, string> = {
  greyMean: 'grey mean',
  greyDeviation: 'grey deviation',
  gradientX: 'horizontal gradient',
  gradientY: 'vertical gradient',
  laplacian: 'Laplacian over deviation',
  firstRow: 'first row of text (of 32)',
  lastRow: 'last row of text',
  firstColumn: 'first column of text (of 128)',
  lastColumn: 'last column of text',
  width: 'natural width (px)',
};

/** The table of GENERATOR.md over a set of images, so that generated and real crops can be compared. */
export function statsTable(images: Iterable<GreyImage>): StatRow[] {
  const all = [...images].map(measureImage);
  const figures = Object.keys(TITLES).filter((key): key is keyof ImageStats => key in TITLES);
  return figures.map((figure) => {
    const values = all.map((stats) => stats[figure]).sort((a, b) => a - b);
    const percentiles = STAT_PERCENTILES.map(
      (p) => values[Math.min(values.length - 1, Math.floor((p / 100) * values.length))] ?? Number.NaN,
    );
    return { figure, title: TITLES[figure], percentiles };
  });
}

/** One or two tables as aligned text, the sets one below the other. */
export function formatStats(sets: Readonly<Record<string, readonly StatRow[]>>): string {
  const lines = [
    `${'figure'.padEnd(32)}${'set'.padEnd(12)}${STAT_PERCENTILES.map((p) => `${p}%`.padStart(8)).join('')}`,
  ];
  const names = Object.keys(sets);
  const first = sets[names[0] ?? ''] ?? [];
  first.forEach((row, i) => {
    for (const name of names) {
      const values = sets[name]?.[i]?.percentiles ?? [];
      lines.push(`${row.title.padEnd(32)}${name.padEnd(12)}${values.map((v) => v.toFixed(1).padStart(8)).join('')}`);
    }
  });
  return lines.join('\n');
}
