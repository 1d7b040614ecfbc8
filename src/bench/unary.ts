import { type UnaryAttrs, type UnaryKind, unary } from '../kernels/unary.ts';
import { type BenchCase, backwardCase, bytesOf, type CaseInfo, forwardCase, type Group, type OpSpec } from './case.ts';

function cases(group: Group, kind: UnaryKind, n: number): BenchCase[] {
  const spec: OpSpec<UnaryAttrs> = { op: unary[kind], attrs: {}, inputs: (a) => [a.normal([n])] };
  const info = (pass: CaseInfo['pass'], arrays: number): CaseInfo => ({
    op: 'unary',
    pass,
    group,
    label: kind,
    shape: String(n),
    bytes: bytesOf(arrays * n),
  });
  return [forwardCase(info('forward', 2), spec), backwardCase(info('backward', 3), spec, [0])];
}

/** A cheap function and a dear one. */
export const benches: BenchCase[] = [
  ...cases('other', 'relu', 2 ** 22),
  ...cases('other', 'tanh', 2 ** 22),
  ...cases('tiny', 'tanh', 300),
];
