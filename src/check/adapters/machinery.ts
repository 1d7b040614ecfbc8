import { dropout, Tensor } from '../../autograd/index.ts';
import { fill } from '../../kernels/index.ts';
import type { Adapter } from './adapter.ts';

/** What has a kernel but is no conformance op: see cases/machinery.ts. */
export const machinery: Record<string, Adapter> = {
  fill: (_, { shape, value }, { device }) => ({
    y: new Tensor(fill(device, shape as readonly number[], Number(value))),
  }),
  dropout_seeded: ({ x }, { p, seed, step }, { device }) => ({
    y: dropout(x, { p: Number(p), seed: Number(seed), step: Tensor.from(device, Uint32Array.of(Number(step))) }),
  }),
};
