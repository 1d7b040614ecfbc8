import { logSoftmax, type SoftmaxAttrs, softmax } from '../kernels/softmax.ts';
import { type BenchCase, backwardCase, bytesOf, type CaseInfo, forwardCase, type OpSpec } from './case.ts';
import { at, TRAINED } from './shapes.ts';

function cases(
  place: Pick<CaseInfo, 'group' | 'label'>,
  name: 'softmax' | 'log_softmax',
  rows: number,
  cols: number,
): BenchCase[] {
  const spec: OpSpec<SoftmaxAttrs> = {
    op: name === 'softmax' ? softmax : logSoftmax,
    attrs: { dim: 1 },
    inputs: (a) => [a.normal([rows, cols])],
  };
  const info = (pass: CaseInfo['pass'], arrays: number): CaseInfo => ({
    op: 'softmax',
    pass,
    ...place,
    shape: `${name} ${rows} x ${cols}`,
    bytes: bytesOf(arrays * rows * cols),
  });
  return [forwardCase(info('forward', 2), spec), backwardCase(info('backward', 3), spec, [0])];
}

/** Rows as short as the models' classes (in whose loss it is fused), and long ones. */
export const benches: BenchCase[] = [
  ...TRAINED.flatMap((p) => cases(at(p, 'classes'), 'log_softmax', p.frames * p.batch, p.classes)),
  ...cases({ group: 'other', label: 'long rows' }, 'softmax', 1024, 4096),
];
