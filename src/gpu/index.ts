export * from './array.ts';
export { type AdapterSummary, Device, type DeviceOptions, type Replay, type Transient } from './device.ts';
export { DeviceArray } from './device-array.ts';
export * from './errors.ts';
export { findGpu } from './instance.ts';
export { ceilDiv, type KernelSource, type Launch, linearGrid, MAX_GRID, type Variant } from './kernel.ts';
export type { MemoryReport } from './pool.ts';
