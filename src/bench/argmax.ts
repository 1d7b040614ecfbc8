import { max } from '../kernels/max.ts';
import type { ReduceAttrs } from '../kernels/reduce.ts';
import { type BenchCase, backwardCase, bytesOf, type CaseInfo, forwardCase, type OpSpec } from './case.ts';
import { at, TRAINED } from './shapes.ts';

function cases(place: Pick<CaseInfo, 'group' | 'label'>, rows: number, cols: number): BenchCase[] {
  const spec: OpSpec<ReduceAttrs> = { op: max, attrs: { dims: [1] }, inputs: (a) => [a.normal([rows, cols])] };
  const info = (pass: CaseInfo['pass']): CaseInfo => ({
    op: 'argmax',
    pass,
    ...place,
    shape: `${rows} x ${cols}`,
    bytes: bytesOf(rows * cols, 2 * rows),
  });
  return [forwardCase(info('forward'), spec), backwardCase(info('backward'), spec, [0])];
}

/** Values and positions of the maxima of rows, and the gradient sent back there. */
export const benches: BenchCase[] = [
  ...TRAINED.flatMap((p) => cases(at(p, 'classes'), p.frames * p.batch, p.classes)),
  ...cases({ group: 'other', label: 'long rows' }, 1024, 4096),
];
