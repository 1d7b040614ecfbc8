import { sizeOf } from '../gpu/index.ts';
import { mean, type ReduceAttrs } from '../kernels/reduce.ts';
import { type BenchCase, backwardCase, bytesOf, type CaseInfo, forwardCase, type OpSpec, show } from './case.ts';
import { TRAINED } from './shapes.ts';

function cases(
  place: Pick<CaseInfo, 'group' | 'label'>,
  shape: readonly number[],
  dims: readonly number[] | undefined,
): BenchCase[] {
  const spec: OpSpec<ReduceAttrs> = { op: mean, attrs: { dims }, inputs: (a) => [a.normal(shape)] };
  const n = sizeOf(shape);
  const kept = dims ? sizeOf(shape.filter((_, d) => !dims.includes(d))) : 1;
  const info = (pass: CaseInfo['pass']): CaseInfo => ({
    op: 'reduce',
    pass,
    ...place,
    shape: `mean ${show(shape)}${dims ? ` over ${dims.join(', ')}` : ''}`,
    bytes: bytesOf(n, kept),
  });
  return [forwardCase(info('forward'), spec), backwardCase(info('backward'), spec, [0])];
}

/** The mean of a batch's losses; all of an array, its rows, its columns. */
export const benches: BenchCase[] = [
  ...TRAINED.flatMap((p) => cases({ group: p.group, label: `${p.name} losses` }, [p.batch], undefined)),
  ...cases({ group: 'other', label: 'all' }, [2 ** 22], undefined),
  ...cases({ group: 'other', label: 'rows' }, [2048, 2048], [1]),
  ...cases({ group: 'other', label: 'columns' }, [2048, 2048], [0]),
];
