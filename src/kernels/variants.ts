import type { Device } from '../gpu/index.ts';

/**
 * Which implementation of a heavy kernel to launch. `portable` needs no feature; `subgroup` broadcasts through
 * subgroup shuffles and needs at least 4 lanes.
 */
export type VariantName = 'portable' | 'subgroup';

const forced = new WeakMap<Device, VariantName>();
const choices = new WeakMap<Device, number>();

/** Makes every heavy kernel on this device use one variant (tests and benchmarks); undefined chooses again by adapter. */
export function forceVariant(device: Device, variant: VariantName | undefined): void {
  if (variant) forced.set(device, variant);
  else forced.delete(device);
}

/** The variants this device can run. */
export function variantsOf(device: Device): VariantName[] {
  return device.adapter.subgroupSize >= 4 ? ['portable', 'subgroup'] : ['portable'];
}

export function chooseVariant(device: Device): VariantName {
  choices.set(device, variantChoices(device) + 1);
  return forced.get(device) ?? variantsOf(device).at(-1) ?? 'portable';
}

/** How often a variant has been chosen on this device: a launch that raises it has variants. */
export function variantChoices(device: Device): number {
  return choices.get(device) ?? 0;
}

/** Whether the adapter computes on the CPU: lavapipe's llvmpipe, or SwiftShader. */
function isSoftware(device: Device): boolean {
  return device.adapter.architecture === 'software' || /llvmpipe|swiftshader/i.test(device.adapter.description);
}

/** How a subgroup kernel is shaped on this adapter. */
export function subgroupShape(device: Device): { workgroup: number; chunk: number } {
  const size = device.adapter.subgroupSize;
  // A software adapter runs a workgroup on one core, lane groups in turn: one subgroup a workgroup splits work best.
  return { workgroup: isSoftware(device) ? size : Math.max(32, size), chunk: size >= 8 ? 8 : 4 };
}

/**
 * The register tile of a product of `rows` by `columns` results: ROWS broadcast values meet COLS values of each lane.
 *
 * On a CPU a load costs dozens of multiply-adds and a spilled register about one, so the tile is as large as the driver still unrolls
 * (128 results; 256 stay a loop and run six times slower on llvmpipe). A GPU keeps to what its register file holds.
 */
export function subgroupTile(device: Device, rows: number, columns: number) {
  const { workgroup, chunk } = subgroupShape(device);
  const software = isSoftware(device);
  // The smallest that holds everything, so that short products waste little.
  const smallest = (sizes: number[], count: number, most: number) =>
    sizes.find((s) => s >= count || s === most) ?? most;
  const ROWS = smallest([4, 8, 16, 32], rows, software ? 32 : 16);
  const COLS = smallest([1, 2, 4], columns / workgroup, software ? 4 : 2);
  return { ROWS, COLS, CHUNK: chunk, workgroup };
}
