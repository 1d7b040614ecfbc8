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

/** How a subgroup kernel is shaped on this adapter. */
export function subgroupShape(device: Device): { workgroup: number; chunk: number } {
  const size = device.adapter.subgroupSize;
  // A software adapter runs a workgroup on one core, lane groups in turn: one subgroup a workgroup splits work best.
  const software =
    device.adapter.architecture === 'software' || /llvmpipe|swiftshader/i.test(device.adapter.description);
  return { workgroup: software ? size : Math.max(32, size), chunk: size >= 8 ? 8 : 4 };
}
