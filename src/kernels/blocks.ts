/** 3x3 convolutions of stride 1 by two-dimensional blocks of pixels (`conv2d_tiles`): on llvmpipe, where loads are dear. */
import { ceilDiv, type Device, DeviceArray, type GpuArray } from '../gpu/index.ts';
import { type BlockArrays, registerBlockPath } from './block-path.ts';
import { type Conv2dAttrs, forwardTile, pixelGrid, type Sizes, sizes } from './conv2d.ts';
import { defaultFour, fourTiles, inFours, launchFours } from './fours.ts';
import { need, type Op } from './op.ts';
import { launchLstm } from './tall.ts';
import type { Product, ProductSize, Tile } from './tile.ts';
import { isSoftware, variantsOf } from './variants.ts';
import * as wgsl from './wgsl.gen.ts';

/** ROWS channels of `tall` rows of 8 `wide` pixels. */
function blockTile(ROWS: number, tall: number, wide: number): Tile {
  return {
    id: `block ${ROWS}x${tall}x${wide * 8}`,
    variant: 'subgroup',
    rows: ROWS,
    cols: tall * wide * 8,
    consts: { ROWS, TALL: tall, WIDE: wide, HIGH: tall + 2, EDGES: ceilDiv(tall + 2, 4), LOADS: (ROWS * 9) / 8 },
    overrides: {},
    only: ['conv2d_3x3', 'conv2d_3x3_backward_x'],
    block: { tall, wide },
  };
}

const USUAL = blockTile(16, 4, 2);
/** For maps of one or two rows, which the usual one leaves half empty. */
const LOW = blockTile(16, 2, 4);
const TILES = [blockTile(8, 4, 2), USUAL, LOW];

/** On a CPU with 8 lanes. A GPU's lanes would idle, and SwiftShader has 4. */
function tiles(device: Device, product: Product): Tile[] {
  if (product === 'matmul_fours') return fourTiles(device);
  const suits = product === 'conv2d_3x3' || product === 'conv2d_3x3_backward_x';
  const able = isSoftware(device) && device.adapter.subgroupSize === 8 && variantsOf(device).includes('subgroup');
  return suits && able ? TILES : [];
}

/** Full, a block is 1.4 to 1.6 times as fast as rows of pixels (llvmpipe); half full about as fast, and one shader less to compile. */
const BLOCK_SHARE = 0.5;

/** The share of a block tile's results that are wanted. */
function share({ rows, block }: Tile, { rows: channels, picture: [height, width] = [0, 0] }: ProductSize): number {
  if (!block || height === 0 || width === 0) return 0;
  const part = (n: number, size: number) => n / (ceilDiv(n, size) * size);
  return part(channels, rows) * part(height, block.tall) * part(width, 8 * block.wide);
}

function defaultTile(device: Device, product: Product, size: ProductSize): Tile | undefined {
  if (tiles(device, product).length === 0) return undefined;
  if (product === 'matmul_fours') return defaultFour(size);
  const best = share(LOW, size) > share(USUAL, size) ? LOW : USUAL;
  return share(best, size) >= BLOCK_SHARE ? best : undefined;
}

/**
 * Backwards it is the same sum over the gradient, with input and output exchanged: padded by what the forward padding leaves of 2, its taps
 * in the opposite order.
 */
function launch(
  device: Device,
  tile: Tile,
  { x, w, bias, y }: BlockArrays,
  s: Sizes,
  a: Conv2dAttrs,
  backward: boolean,
  [poolH, poolW]: readonly [number, number] = [1, 1],
): void {
  const { tall, wide } = tile.block ?? { tall: 1, wide: 1 };
  const { batch, inC, inH, inW, outC, outH, outW } = s;
  const { top, left } = a.padding;
  const sizes = backward
    ? { inC: outC, inH: outH, inW: outW, outC: inC, outH: inH, outW: inW, padT: 2 - top, padL: 2 - left }
    : { inC, inH, inW, outC, outH, outW, padT: top, padL: left };
  const strides = backward
    ? { rowStride: 9, channelStride: 9 * inC, firstTap: 8, tapStride: -1 }
    : { rowStride: 9 * inC, channelStride: 9, firstTap: 0, tapStride: 1 };
  const blocksX = ceilDiv(sizes.outW, 8 * wide);
  const blocksY = ceilDiv(sizes.outH, tall);
  const blocks = batch * blocksX * blocksY;
  device.launch({
    kernel: wgsl.conv2d_tiles,
    variant: {
      consts: tile.consts,
      overrides: { RELU: a.relu && !backward ? 1 : 0, BIAS: bias ? 1 : 0 },
      unroll: true,
    },
    arrays: { x, w, bias: bias ?? w, y },
    params: { ...sizes, ...strides, blocksX, blocksY, blocks, poolH, poolW },
    grid: pixelGrid(blocks, ceilDiv(sizes.outC, tile.rows)),
  });
}

/** Windows of one or two rows and columns lie within a block, whose own sizes are even. */
function pooled(
  device: Device,
  x: GpuArray,
  w: GpuArray,
  a: Conv2dAttrs,
  pool: readonly [number, number],
): Op<Conv2dAttrs> | undefined {
  const s = sizes(x, w, undefined, a);
  const tile = forwardTile(device, s, a);
  const fits = (n: number, size: number) => (n === 1 || n === 2) && n <= size;
  if (!tile.block || !fits(pool[0], s.outH) || !fits(pool[1], s.outW)) return undefined;
  return {
    name: 'conv2d',
    forward(_, [input, weight, bias], attrs) {
      const arrays = { x: need(input, 'conv2d', 'x'), w: need(weight, 'conv2d', 'w'), bias };
      const own = sizes(arrays.x, arrays.w, bias, attrs);
      const shape = [own.batch, own.outC, Math.floor(own.outH / pool[0]), Math.floor(own.outW / pool[1])];
      const y = DeviceArray.empty(device, shape);
      if (y.size > 0) launch(device, tile, { ...arrays, y }, own, attrs, false, pool);
      return { outputs: [y] };
    },
  };
}

/** Makes blocks and fours available to every device of this process. */
export function useBlocks(): void {
  registerBlockPath({ tiles, defaultTile, pooled, launch, inFours, launchFours, launchLstm });
}
