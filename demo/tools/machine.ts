import type { Device } from '../../src/engine.ts';
import { adapterName } from '../gpu.ts';
import { element, make } from '../page.ts';

/** What the numbers depend on besides the code. */
export interface Machine {
  readonly adapter: string;
  readonly browser: string;
  readonly features: string;
  readonly limits: string;
  readonly cores: number;
  readonly date: string;
}

const LIMITS = [
  'maxStorageBufferBindingSize',
  'maxBufferSize',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxStorageBuffersPerShaderStage',
] as const;

/** Reads it off the device and the browser. */
export function machineOf(device: Device): Machine {
  const { adapter } = device;
  const lanes = adapter.subgroupSize > 0 ? `, subgroups of ${adapter.subgroupSize} and more` : ', no subgroups';
  return {
    adapter: adapterName(adapter) + lanes,
    browser: navigator.userAgent,
    features: adapter.features.join(', ') || 'none',
    limits: LIMITS.map((name) => `${name} ${device.raw.limits[name]}`).join(', '),
    cores: navigator.hardwareConcurrency,
    date: new Date().toISOString(),
  };
}

/** Shows it in the page's list of facts. */
export function showMachine({ adapter, browser, features }: Machine): void {
  const fact = (name: string, value: string) => make('div', {}, make('dt', {}, name), make('dd', {}, value));
  element('machine', HTMLDListElement).replaceChildren(
    fact('Adapter', adapter),
    fact('Browser', browser),
    fact('Features', features),
  );
}
