import { nll } from '../kernels/nll.ts';
import { type BenchCase, backwardCase, bytesOf, type CaseInfo, forwardCase, type Group, type OpSpec } from './case.ts';

function cases(group: Group, rows: number, classes: number): BenchCase[] {
  const spec: OpSpec<Record<string, never>> = {
    op: nll,
    attrs: {},
    inputs: (a) => [a.normal([rows, classes]), a.integers([rows], classes)],
  };
  const info = (pass: CaseInfo['pass'], bytes: number): CaseInfo => ({
    op: 'pick',
    pass,
    group,
    label: 'classes',
    shape: `one of ${classes} a row, ${rows} rows`,
    bytes,
  });
  return [
    forwardCase(info('forward', bytesOf(3 * rows)), spec),
    backwardCase(info('backward', bytesOf(2 * rows, rows * classes)), spec, [0]),
  ];
}

/** The negative log-likelihood of one class a row. */
export const benches: BenchCase[] = [...cases('other', 16_384, 37), ...cases('tiny', 5, 7)];
