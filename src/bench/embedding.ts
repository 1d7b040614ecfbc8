import { embedding } from '../kernels/embedding.ts';
import { type BenchCase, backwardCase, bytesOf, type CaseInfo, forwardCase, type Group, type OpSpec } from './case.ts';

function cases(group: Group, ids: number, rows: number, width: number): BenchCase[] {
  const spec: OpSpec<Record<string, never>> = {
    op: embedding,
    attrs: {},
    inputs: (a) => [a.integers([ids], rows), a.normal([rows, width])],
  };
  const info = (pass: CaseInfo['pass'], bytes: number): CaseInfo => ({
    op: 'embedding',
    pass,
    group,
    label: group,
    shape: `${ids} of ${rows} x ${width}`,
    bytes,
  });
  return [
    forwardCase(info('forward', bytesOf(ids, 2 * ids * width)), spec),
    backwardCase(info('backward', bytesOf(ids, ids * width, rows * width)), spec, [1]),
  ];
}

export const benches: BenchCase[] = [...cases('other', 4096, 256, 256), ...cases('tiny', 5, 3, 6)];
