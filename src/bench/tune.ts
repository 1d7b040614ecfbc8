/** The tuner: times every tile a device can run on the products of a model, and keeps the fastest of each shape class. */
import type { Device } from '../gpu/index.ts';
import { applyTuning, candidateTiles, forceTile, type Tile, takeLaunched } from '../kernels/index.ts';
import type { BenchCase } from './case.ts';
import { median, wallTime } from './measure.ts';

/** What one tile took on one shape class. */
export interface TileTime {
  readonly tile: Tile;
  /** Median of a run; of the first one alone where that was hopeless. */
  readonly ms: number;
}

/** What the tuner found for one shape class. */
export interface Tuned {
  readonly shapeClass: string;
  /** The case it was timed on. */
  readonly where: string;
  /** Fastest first. */
  readonly times: readonly TileTime[];
  /** What would have been used without the tuner. */
  readonly before: string;
}

/** A tile whose first run takes this many times the best one's is not timed again. */
const HOPELESS = 1.5;
/** More than this share of a tile's rows or columns idle: not tried while another fits better. */
const WASTE = 2.1;
const FINALISTS = 3;

function fits(tile: Tile, rows: number, columns: number): boolean {
  const padded = Math.ceil(rows / tile.rows) * tile.rows * Math.ceil(columns / tile.cols) * tile.cols;
  return padded <= WASTE * rows * columns;
}

async function time(device: Device, body: () => void, tile: Tile, best: number, repeat: number): Promise<number> {
  forceTile(device, tile);
  const replay = await device.record(body);
  forceTile(device, undefined);
  try {
    await wallTime(device, replay.run);
    const times = [await wallTime(device, replay.run)];
    if (times[0] > HOPELESS * best) return times[0];
    while (times.length < repeat) times.push(await wallTime(device, replay.run));
    return median(times);
  } finally {
    replay.dispose();
  }
}

/** The one product that a case launches: its shape class, size and tile as things stand; undefined when there is none, or several. */
function productOf(device: Device, run: () => void) {
  takeLaunched(device);
  device.scoped(run);
  const launched = [...takeLaunched(device)];
  return launched.length === 1 ? launched[0] : undefined;
}

/** Times the leaders and the default once more, in turn, so that another program's busy second decides nothing; sorts again. */
async function final(
  device: Device,
  body: () => void,
  times: TileTime[],
  before: string,
  repeat: number,
): Promise<void> {
  for (const [i, { tile, ms }] of times.entries()) {
    if (i >= FINALISTS && tile.id !== before) continue;
    times[i] = { tile, ms: Math.min(ms, await time(device, body, tile, Number.POSITIVE_INFINITY, repeat)) };
  }
  times.sort((a, b) => a.ms - b.ms);
}

/**
 * Tunes the products among `cases` on this device, one shape class after another, and uses what it finds from then on. Cases that
 * launch no product, or several of different shapes, are passed over. Measures wall time to the end of the work, so that it needs no feature.
 * @param repeat runs of which the median counts
 */
export async function* tune(device: Device, cases: readonly BenchCase[], repeat = 5): AsyncGenerator<Tuned> {
  const done = new Set<string>();
  for (const bench of cases) {
    const run = bench.setup(device);
    try {
      const product = productOf(device, run.run);
      await device.flush();
      if (!product || done.has(product[0])) continue;
      const [shapeClass, { product: kind, rows, columns }] = product;
      done.add(shapeClass);
      const all = candidateTiles(device, kind);
      const fitting = all.filter((t) => fits(t, rows, columns));
      const times: TileTime[] = [];
      const before = product[1].tile;
      for (const tile of fitting.length > 0 ? fitting : all) {
        const best = Math.min(Number.POSITIVE_INFINITY, ...times.map((t) => t.ms));
        times.push({ tile, ms: await time(device, run.run, tile, best, repeat) });
      }
      times.sort((a, b) => a.ms - b.ms);
      await final(device, run.run, times, before, repeat);
      applyTuning(device, { [shapeClass]: times[0].tile.id });
      yield { shapeClass, where: `${bench.label}, ${bench.pass}`, times, before };
    } finally {
      forceTile(device, undefined);
      run.dispose();
      await device.trim();
    }
  }
}
