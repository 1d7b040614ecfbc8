/** What measuring found to be fastest: the tiles that are tried, and a table of them that is kept for an adapter. */
import { type Device, saveCached } from '../gpu/index.ts';
import { blockPath } from './block-path.ts';
import { type Product, portableTile, subgroupTile, type Tile, tuned, workgroupTile } from './tile.ts';
import { isSoftware, subgroupShape, variantsOf } from './variants.ts';

/** Every tile that the tuner tries on this device; blocks only for a product that has them. */
export function candidateTiles(device: Device, product: Product = 'matmul'): Tile[] {
  const { maxComputeWorkgroupStorageSize: memory, maxComputeInvocationsPerWorkgroup: most } = device.raw.limits;
  const tiles = [portableTile(8, 2), portableTile(8, 4), portableTile(4, 2, 64)];
  for (const [side, rows, cols, depth] of [
    [8, 4, 4, 8],
    [8, 8, 4, 8],
    [8, 8, 8, 8],
    [16, 2, 2, 16],
    [16, 4, 4, 8],
    [16, 4, 4, 16],
    [16, 8, 4, 8],
    [16, 8, 8, 8],
  ]) {
    const bytes = 4 * depth * (side * rows + 1 + side * cols);
    if (bytes <= memory && side * side <= most) tiles.push(workgroupTile(side, rows, cols, depth));
  }
  if (variantsOf(device).includes('subgroup')) {
    const widths = isSoftware(device) ? [subgroupShape(device).workgroup] : [subgroupShape(device).workgroup, 64, 128];
    for (const width of new Set(widths))
      for (const rows of [4, 8, 16, 32])
        for (const cols of [1, 2, 4]) tiles.push(subgroupTile(device, rows, cols, width));
  }
  tiles.push(...(blockPath()?.tiles(device, product) ?? []));
  return tiles;
}

/** What the tuner found: tile ids by shape class. Recordings made before keep the tiles they were made with. */
export type TuningTable = Readonly<Record<string, string>>;

/** Uses a table on this device, beside what it has; ids that this device has no tile for are ignored. */
export function applyTuning(device: Device, table: TuningTable): void {
  const all = [...candidateTiles(device, 'conv2d_3x3'), ...candidateTiles(device, 'matmul_fours')];
  const known = new Map(all.map((t) => [t.id, t]));
  const own = tuned.get(device) ?? new Map<string, Tile>();
  tuned.set(device, own);
  for (const [name, id] of Object.entries(table)) {
    const tile = known.get(id);
    if (tile) own.set(name, tile);
  }
}

/** What is in use on this device, beside the defaults. */
export function tuningOf(device: Device): TuningTable {
  return Object.fromEntries([...(tuned.get(device) ?? [])].map(([name, tile]) => [name, tile.id]));
}

/** Uses a table as `saveTuning` wrote it; a text that is none counts as none. */
export function applyTuningText(device: Device, text: string): void {
  try {
    const table: unknown = JSON.parse(text);
    if (typeof table !== 'object' || table === null) return;
    applyTuning(device, Object.fromEntries(Object.entries(table).filter(([, id]) => typeof id === 'string')));
  } catch {
    // Not JSON: written by something else.
  }
}

/** Saves what is in use; returns where it went, undefined where nothing can be kept. */
export async function saveTuning(device: Device): Promise<string | undefined> {
  return saveCached('tuning', device.adapter, `${JSON.stringify(tuningOf(device), null, 2)}\n`);
}
