import { type MatmulAttrs, matmul } from '../kernels/matmul.ts';
import { type BenchCase, backwardCase, type CaseInfo, forwardCase, type Group, type OpSpec } from './case.ts';

function cases(group: Group, label: string, m: number, n: number, k: number, attrs: MatmulAttrs = {}): BenchCase[] {
  const spec: OpSpec<MatmulAttrs> = {
    op: matmul,
    attrs,
    inputs: (a) => [
      a.normal(attrs.transA ? [k, m] : [m, k]),
      a.normal(attrs.transB ? [n, k] : [k, n], 1 / Math.sqrt(k)),
    ],
  };
  const order = `${attrs.transA ? 'T' : 'N'}${attrs.transB ? 'T' : 'N'}`;
  const info = (pass: CaseInfo['pass']): CaseInfo => ({
    op: 'matmul',
    pass,
    group,
    label,
    shape: `${m} x ${k} by ${k} x ${n}, ${order}`,
    flops: 2 * m * n * k,
  });
  return [
    forwardCase(info('forward'), spec),
    backwardCase(info('backward_x'), spec, [0]),
    backwardCase(info('backward_w'), spec, [1]),
  ];
}

/** Square products in the orders that layers use. */
export const benches: BenchCase[] = [
  ...cases('other', 'square', 512, 512, 512),
  ...cases('other', 'square', 1024, 1024, 1024),
  ...cases('other', 'square', 1024, 1024, 1024, { transB: true }).slice(0, 1),
  ...cases('other', 'square', 1024, 1024, 1024, { transA: true }).slice(0, 1),
  ...cases('tiny', 'tiny', 5, 3, 7),
];
