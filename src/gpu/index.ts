export type { AdapterSummary, DeviceOptions } from './adapter.ts';
export * from './array.ts';
export { loadCached, saveCached } from './cache.ts';
export { Device } from './device.ts';
export { DeviceArray } from './device-array.ts';
export * from './errors.ts';
export { fromHalf } from './half-float.ts';
export { getHost } from './host.ts';
export { findGpu } from './instance.ts';
export {
  type BindingInfo,
  ceilDiv,
  type KernelSource,
  type Launch,
  linearGrid,
  MAX_GRID,
  type ParamInfo,
  type Variant,
} from './kernel.ts';
export type { MemoryReport } from './pool.ts';
export { type PartTimes, type Profile, startProfile } from './profile.ts';
export type { Replay } from './replay.ts';
export type { Transient } from './transient.ts';
