/** Products whose operands lie in fours (`matmul_tiles`): on llvmpipe, where a load of four values costs about as much as one of two. */
import { ArgumentError, ceilDiv, type Device, type GpuArray, linearGrid } from '../gpu/index.ts';
import type { MatmulSpec } from './matmul.ts';
import type { ProductSize, Tile } from './tile.ts';
import { isSoftware, variantsOf } from './variants.ts';
import * as wgsl from './wgsl.gen.ts';

function fourTile(rows: number): Tile {
  return {
    id: `fours ${rows}x32`,
    variant: 'subgroup',
    rows,
    cols: 32,
    consts: { ROWS: rows },
    overrides: {},
    only: ['matmul_fours'],
  };
}

const TALL = fourTile(32);
const SHORT = fourTile(16);
const TILES = [SHORT, TALL];

/** On a CPU with 8 lanes, as blocks of pixels. */
export function fourTiles(device: Device): Tile[] {
  const able = isSoftware(device) && device.adapter.subgroupSize === 8 && variantsOf(device).includes('subgroup');
  return able ? TILES : [];
}

/** Tall tiles fetch less; with few rows or columns half of one idles. */
export function defaultFour({ rows, columns }: ProductSize): Tile | undefined {
  if (rows < 8 || columns < 16) return undefined;
  return rows % 32 === 0 || rows > 96 ? TALL : SHORT;
}

/** Whether a line holds one k, how many fours lie from line to line, and whether lines begin at whole fours. */
function linesOf([across, along]: readonly [across: number, along: number], count: number, k: number) {
  if (along === 1) return { lines: 0, step: across / 4, fits: across % 4 === 0 && k % 4 === 0 };
  return { lines: 1, step: along / 4, fits: across === 1 && along % 4 === 0 && count % 4 === 0 && k % 4 === 0 };
}

/** How the operands of a single product lie; undefined where they do not lie in fours. */
function layout(s: MatmulSpec) {
  const a = linesOf(s.a, s.m, s.k);
  const w = linesOf([s.w[1], s.w[0]], s.n, s.k);
  const single = (s.batch ?? []).every((n) => n === 1);
  return single && s.k > 0 && a.fits && w.fits ? { a, w } : undefined;
}

export function inFours(device: Device, s: MatmulSpec): boolean {
  return fourTiles(device).length > 0 && layout(s) !== undefined;
}

export function launchFours(device: Device, tile: Tile, a: GpuArray, w: GpuArray, y: GpuArray, s: MatmulSpec): void {
  const lies = layout(s);
  if (!lies) throw new ArgumentError('matmul: the operands do not lie in fours');
  const [gridY, gridZ] = linearGrid(ceilDiv(s.m, tile.rows));
  device.launch({
    kernel: wgsl.matmul_tiles,
    variant: {
      consts: {
        ...tile.consts,
        A_LINES: lies.a.lines,
        W_LINES: lies.w.lines,
        LOADS: lies.a.lines === 1 ? 4 : tile.rows / 8,
      },
      overrides: { RELU: s.relu ? 1 : 0, BIAS: s.bias ? 1 : 0 },
      unroll: true,
    },
    arrays: { a, w, bias: s.bias ?? w, y },
    params: { m: s.m, n: s.n, k: s.k, aLine: lies.a.step, wLine: lies.w.step },
    grid: [ceilDiv(s.n, tile.cols), gridY, gridZ],
  });
}
