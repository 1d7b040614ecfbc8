/** The place of an implementation that only software adapters have use for: the entries for Node fill it in, browsers never load it. */
import type { Device, GpuArray, Launch } from '../gpu/index.ts';
import type { Conv2dAttrs, Sizes } from './conv2d.ts';
import type { MatmulSpec } from './matmul.ts';
import type { Op } from './op.ts';
import type { RecurrentPlan } from './recurrent.ts';
import type { Product, ProductSize, Tile } from './tile.ts';
import type { lstm_tiles } from './wgsl.gen.ts';

/** What is convolved. Backwards: dy, w and dx. */
export interface BlockArrays {
  readonly x: GpuArray;
  readonly w: GpuArray;
  readonly bias?: GpuArray;
  readonly y: GpuArray;
}

/** What an LSTM's walk reads and writes. */
export type LstmArrays = Launch<typeof lstm_tiles>['arrays'];
/** Its params but the count of tiles. */
export type LstmParams = Omit<Launch<typeof lstm_tiles>['params'], 'groups'>;

/** 3x3 convolutions at stride 1 by blocks of pixels, products by fours, LSTM walks by tall tiles. */
export interface BlockPath {
  /** The tiles that this device has for a product; none where blocks do not pay. */
  tiles(device: Device, product: Product): Tile[];
  /** The tile to use unless another is asked for. */
  defaultTile(device: Device, product: Product, size: ProductSize): Tile | undefined;
  /** The convolution that takes the maximum of windows of `pool` in its launch, without a gradient; undefined where there is none. */
  pooled(
    device: Device,
    x: GpuArray,
    w: GpuArray,
    a: Conv2dAttrs,
    pool: readonly [number, number],
  ): Op<Conv2dAttrs> | undefined;
  /** @param s the sizes of the forward pass, whichever direction is computed */
  launch(device: Device, tile: Tile, arrays: BlockArrays, s: Sizes, a: Conv2dAttrs, backward: boolean): void;
  /** Whether the operands of a product lie so that this device can load four values at once. */
  inFours(device: Device, s: MatmulSpec): boolean;
  /** The walk of an LSTM through time by tall tiles of rows, where that pays; whether it was launched. */
  launchLstm(device: Device, p: RecurrentPlan, arrays: LstmArrays, params: LstmParams): boolean;
  /** That product, with a tile that is for it only. */
  launchFours(device: Device, tile: Tile, a: GpuArray, w: GpuArray, y: GpuArray, s: MatmulSpec): void;
}

let registered: BlockPath | undefined;

export function registerBlockPath(path: BlockPath): void {
  registered = path;
}

export function blockPath(): BlockPath | undefined {
  return registered;
}

export function hasBlocks(device: Device, product: Product): boolean {
  return (registered?.tiles(device, product).length ?? 0) > 0;
}
