/** How products and convolutions are cut into workgroups: candidates, defaults by adapter, and what the tuner found. */
import { type Device, loadCached } from '../gpu/index.ts';
import { blockPath } from './block-path.ts';
import { chooseVariant, forcedVariant, isSoftware, subgroupShape, type VariantName, variantsOf } from './variants.ts';

/** The launches that share this choice. Convolutions of 3x3 at stride 1, and products whose operands lie in fours, may have a kernel that others have not. */
export type Product =
  | 'matmul'
  | 'matmul_fours'
  | 'conv2d'
  | 'conv2d_3x3'
  | 'conv2d_backward_x'
  | 'conv2d_3x3_backward_x'
  | 'conv2d_backward_w';

/** One way to cut a product of rows x columns results, each a sum of `depth` terms. */
export interface Tile {
  /** What tables and caches call it, such as `subgroup 32x4`. */
  readonly id: string;
  readonly variant: VariantName;
  /** Results of a workgroup. */
  readonly rows: number;
  readonly cols: number;
  readonly consts: Readonly<Record<string, number>>;
  readonly overrides: { readonly WG?: number };
  /** The products that it is for; all where absent. */
  readonly only?: readonly Product[];
  /** Rows and runs of 8 columns of pixels, see blocks.ts. */
  readonly block?: { readonly tall: number; readonly wide: number };
}

/** Sizes of a product as its kernels see them. */
export interface ProductSize {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  /** Height and width of what the columns are pixels of. */
  readonly picture?: readonly [number, number];
}

const OFFERED: readonly VariantName[] = ['portable', 'workgroup', 'subgroup'];

/** ROWS x COLS results an invocation, WG side by side. */
export function portableTile(ROWS = 8, COLS = 2, WG = 32): Tile {
  const shape = { rows: ROWS, cols: COLS * WG };
  return {
    id: `portable ${ROWS}x${COLS} of ${WG}`,
    variant: 'portable',
    ...shape,
    consts: { ROWS, COLS },
    overrides: { WG },
  };
}

/** ROWS x COLS results an invocation, SIDE x SIDE of those, DEPTH terms at a time. */
export function workgroupTile(SIDE: number, ROWS: number, COLS: number, DEPTH = 8): Tile {
  const shape = { rows: SIDE * ROWS, cols: SIDE * COLS };
  const id = `workgroup ${ROWS}x${COLS} of ${SIDE}x${SIDE}, ${DEPTH} deep`;
  return { id, variant: 'workgroup', ...shape, consts: { ROWS, COLS, SIDE, DEPTH }, overrides: {} };
}

/** ROWS broadcast values meet COLS values of each of WG lanes. */
export function subgroupTile(device: Device, ROWS: number, COLS: number, WG = subgroupShape(device).workgroup): Tile {
  const consts = { ROWS, COLS, CHUNK: subgroupShape(device).chunk };
  const shape = { rows: ROWS, cols: COLS * WG };
  return { id: `subgroup ${ROWS}x${COLS} of ${WG}`, variant: 'subgroup', ...shape, consts, overrides: { WG } };
}

/** Products of about the same size share a tile: each size rounded up to a power of four (rows: of two). */
export function shapeClass(product: Product, { rows, columns, depth }: ProductSize): string {
  const up = (n: number, base: number, most: number) =>
    Math.min(most, base ** Math.ceil(Math.log(Math.max(1, n)) / Math.log(base) - 1e-9));
  return `${product} ${up(rows, 2, 128)}x${up(columns, 4, 65_536)}x${up(depth, 4, 4096)}`;
}

/** Tiles that were found by measuring, by shape class. */
export const tuned = new WeakMap<Device, Map<string, Tile>>();
const forcedTiles = new WeakMap<Device, Tile>();

/** Makes every product on this device use one tile (tests, the tuner); undefined chooses again. */
export function forceTile(device: Device, tile: Tile | undefined): void {
  if (tile) forcedTiles.set(device, tile);
  else forcedTiles.delete(device);
}

/** Uses what `lexel tune` saved for this adapter and driver, if anything; a file that cannot be read counts as none. */
export async function applySavedTuning(device: Device): Promise<void> {
  const text = await loadCached('tuning', device.adapter);
  // Most have nothing saved and do without this code.
  if (text) (await import('./tuning.ts')).applyTuningText(device, text);
}

/** A product that was launched: its size and the tile it was cut with. */
export interface Launched extends ProductSize {
  readonly product: Product;
  readonly tile: string;
}

const launched = new WeakMap<Device, Map<string, Launched>>();

/** Products launched since the last call, one a shape class; the first call begins to count. */
export function takeLaunched(device: Device): Map<string, Launched> {
  const list = launched.get(device) ?? new Map<string, Launched>();
  launched.set(device, new Map());
  return list;
}

/** The tile of one launch: forced, tuned, or this adapter's default. */
export function chooseTile(device: Device, product: Product, size: ProductSize): Tile {
  const tile = pickTile(device, product, size);
  launched.get(device)?.set(shapeClass(product, size), { ...size, product, tile: tile.id });
  return tile;
}

function pickTile(device: Device, product: Product, size: ProductSize): Tile {
  const variant = chooseVariant(device, OFFERED);
  const suits = (t: Tile | undefined): t is Tile => t !== undefined && t.only?.includes(product) !== false;
  const tile = forcedTiles.get(device);
  if (suits(tile)) return tile;
  const wish = forcedVariant(device);
  const found = tuned.get(device)?.get(shapeClass(product, size));
  if (suits(found) && (!wish || found.variant === wish)) return found;
  const block = !wish || wish === 'subgroup' ? blockPath()?.defaultTile(device, product, size) : undefined;
  if (block) return block;
  return defaultTile(device, wish ? variant : defaultVariant(device, size), size);
}

/**
 * Software adapters and small products do best with subgroups (measured on llvmpipe and SwiftShader). For large products on a GPU tiles in
 * workgroup memory are the well-trodden way; `lexel tune` finds out on the GPU at hand.
 */
function defaultVariant(device: Device, { rows, columns }: ProductSize): VariantName {
  const subgroups = variantsOf(device).includes('subgroup');
  if (isSoftware(device)) return subgroups ? 'subgroup' : 'portable';
  if (rows >= 32 && columns >= 64) return 'workgroup';
  return subgroups ? 'subgroup' : 'portable';
}

function defaultTile(device: Device, variant: VariantName, { rows, columns }: ProductSize): Tile {
  if (variant === 'portable') return portableTile();
  if (variant === 'workgroup') {
    // Large tiles fetch less; small ones leave enough workgroups to fill the machine.
    const large = rows >= 64 && (rows / 64) * (columns / 64) >= 64;
    return large ? workgroupTile(16, 4, 4, 8) : workgroupTile(8, 4, 4, 8);
  }
  // On a CPU a load costs dozens of multiply-adds and a spilled register about one, so the tile is as large as the driver still unrolls
  // (128 results; 256 stay a loop and run six times slower on llvmpipe). A GPU keeps to what its register file holds, and where the
  // text is unrolled a large tile takes seconds to compile.
  const large = isSoftware(device) && !device.adapter.unrolls;
  const { workgroup } = subgroupShape(device);
  // The smallest that holds everything, so that short products waste little.
  const smallest = (sizes: number[], count: number, most: number) =>
    sizes.find((s) => s >= count || s === most) ?? most;
  return subgroupTile(
    device,
    smallest([4, 8, 16, 32], rows, large ? 32 : 16),
    smallest([1, 2, 4], columns / workgroup, large ? 4 : 2),
  );
}
