import type { Device } from '../gpu/index.ts';

/**
 * Which implementation of a heavy kernel to launch. `portable` needs no feature; `workgroup` passes its operands through workgroup
 * memory (products and convolutions only); `subgroup` broadcasts through subgroup shuffles and needs at least 4 lanes.
 */
export type VariantName = 'portable' | 'workgroup' | 'subgroup';
export const VARIANTS: readonly VariantName[] = ['portable', 'workgroup', 'subgroup'];

const forced = new WeakMap<Device, VariantName>();
const offers = new WeakMap<Device, Set<VariantName>>();

/**
 * Makes every heavy kernel on this device use one variant (tests and benchmarks), or `portable` where it has no such variant; undefined
 * chooses again by adapter.
 */
export function forceVariant(device: Device, variant: VariantName | undefined): void {
  if (variant) forced.set(device, variant);
  else forced.delete(device);
}

/** The variants this device can run. */
export function variantsOf(device: Device): VariantName[] {
  return device.adapter.subgroupSize >= 4 ? [...VARIANTS] : ['portable', 'workgroup'];
}

/** The variant to use out of those a kernel has, the best last; what the device cannot run is left out. */
export function chooseVariant(device: Device, offered: readonly VariantName[] = ['portable', 'subgroup']): VariantName {
  const able = variantsOf(device);
  const possible = offered.filter((v) => able.includes(v));
  const seen = offers.get(device) ?? new Set();
  offers.set(device, seen);
  for (const v of possible) seen.add(v);
  const wish = forced.get(device);
  if (wish) return possible.includes(wish) ? wish : 'portable';
  return possible.at(-1) ?? 'portable';
}

/** The variants that launches since the last call had to choose among, in the order of VARIANTS; none where nothing had a choice. */
export function takeOffered(device: Device): VariantName[] {
  const seen = offers.get(device);
  offers.delete(device);
  return VARIANTS.filter((v) => seen?.has(v));
}

export function forcedVariant(device: Device): VariantName | undefined {
  return forced.get(device);
}

/** Whether the adapter computes on the CPU: lavapipe's llvmpipe, or SwiftShader. */
export function isSoftware(device: Device): boolean {
  const { architecture, description } = device.adapter;
  return architecture === 'software' || /llvmpipe|swiftshader/i.test(`${architecture} ${description}`);
}

/** How a subgroup kernel is shaped on this adapter. */
export function subgroupShape(device: Device): { workgroup: number; chunk: number } {
  const size = device.adapter.subgroupSize;
  // A software adapter runs a workgroup on one core, lane groups in turn: one subgroup a workgroup splits work best.
  return { workgroup: isSoftware(device) ? size : Math.max(32, size), chunk: size >= 8 ? 8 : 4 };
}
