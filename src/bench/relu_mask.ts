import { ceilDiv, linearGrid } from '../gpu/index.ts';
import * as wgsl from '../kernels/wgsl.gen.ts';
import { type BenchCase, bytesOf, launchCase } from './case.ts';

/** The gradient of a relu fused into a linear layer (the article's bridge) or a convolution. */
export const benches: BenchCase[] = (['article', 'other', 'tiny'] as const).map((group) => {
  const n = { article: 42 * 16 * 64, other: 2 ** 22, tiny: 100 }[group];
  return launchCase(
    {
      op: 'relu_mask',
      pass: 'backward',
      group,
      label: group === 'article' ? 'article bridge' : 'flat',
      shape: String(n),
      bytes: bytesOf(3 * n),
    },
    (a) => {
      const arrays = { y: a.normal([n]), dy: a.normal([n]), dx: a.empty([n]) };
      return () => a.device.launch({ kernel: wgsl.relu_mask, arrays, params: { n }, grid: linearGrid(ceilDiv(n, 64)) });
    },
  );
});
