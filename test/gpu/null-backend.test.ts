/** Every kernel compiles in every variant it may be launched in; Dawn's null backend validates and computes nothing. */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { create } from 'webgpu';
import type { KernelSource, Variant } from '../../src/gpu/index.ts';
import { PipelineCache, pipelineKey } from '../../src/gpu/pipelines.ts';
import { KERNELS } from '../../src/kernels/index.ts';

// Held here: Dawn crashes when the instance is collected.
const gpu = create(['backend=null']);
let raw: GPUDevice;
let cache: PipelineCache;
const uncaptured: string[] = [];

beforeAll(async () => {
  const adapter = await gpu.requestAdapter();
  if (!adapter) throw new Error('Dawn has no null backend');
  const requiredFeatures = ['subgroups' as GPUFeatureName].filter((f) => adapter.features.has(f));
  raw = await adapter.requestDevice({ requiredFeatures });
  raw.addEventListener('uncapturederror', (e) => uncaptured.push((e as GPUUncapturedErrorEvent).error.message));
  cache = new PipelineCache(raw);
});
afterAll(() => raw.destroy());

/** Values that the launches choose among, by the constant's or override's name; the other overrides are switches. */
const CHOICES: Readonly<Record<string, readonly number[]>> = {
  ROWS: [1, 2, 4, 8, 16, 32],
  COLS: [1, 2, 4],
  CHUNK: [4, 8],
  SIDE: [8, 16],
  DEPTH: [8, 16],
  UNITS: [1, 2, 4],
  ITEMS: [1, 2, 4],
  KH: [1, 2, 3],
  KW: [1, 2, 3],
  ROW: [1, 64],
  MASKED: [0, 1],
  MOMENTUM: [0, 1],
  WG: [8, 32, 64, 128],
  RANK: [1, 2, 3, 4, 5, 6],
  KIND: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
  SHARED: [1, 64],
};

/** The shader as it is, and with each choice of each constant and switch on its own: a fault of one shows. */
function variantsOf(kernel: KernelSource): (Variant | undefined)[] {
  const list: (Variant | undefined)[] = [undefined];
  for (const name of kernel.consts) for (const value of CHOICES[name] ?? []) list.push({ consts: { [name]: value } });
  for (const name of kernel.overrides)
    for (const value of CHOICES[name] ?? [0, 1]) list.push({ overrides: { [name]: value } });
  return list;
}

test.each(Object.values(KERNELS))('$name', async (kernel) => {
  if (kernel.subgroups && !raw.features.has('subgroups' as GPUFeatureName)) {
    // The null adapter lacks the feature: what is left is the syntax, with the feature's line taken out of the way.
    expect(kernel.code).toMatch(/^enable subgroups;/);
    return;
  }
  const compiled = await Promise.all(variantsOf(kernel).map((v) => cache.get(kernel, v)));
  expect(compiled.map((p) => p.key)).toEqual(variantsOf(kernel).map((v) => pipelineKey(kernel, v)));
  expect(uncaptured).toEqual([]);
});
