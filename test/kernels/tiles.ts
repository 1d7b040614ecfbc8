import type { Device } from '../../src/gpu/index.ts';
import {
  candidateTiles,
  forceTile,
  type Product,
  type Tile,
  type VariantName,
  variantsOf,
} from '../../src/kernels/index.ts';

/**
 * The tiles of one variant that the tuner may choose on this device. Where loops are unrolled in the text a tile takes seconds to compile:
 * the smallest and the largest stand for the others there.
 */
export function tilesOf(device: Device, variant: VariantName, product: Product): Tile[] {
  if (!variantsOf(device).includes(variant)) throw new Error(`not tested: this adapter has no ${variant} variant`);
  const tiles = candidateTiles(device, product).filter((t) => t.variant === variant);
  return device.adapter.unrolls ? tiles.filter((_, i) => i === 0 || i === tiles.length - 1) : tiles;
}

/** Runs `body` with every product cut by this tile, and says which it was when it fails. */
export async function withTile(device: Device, tile: Tile, body: () => Promise<void>): Promise<void> {
  forceTile(device, tile);
  try {
    await body();
  } catch (error) {
    throw new Error(`with tile ${tile.id}: ${String(error)}`, { cause: error });
  } finally {
    forceTile(device, undefined);
  }
}
