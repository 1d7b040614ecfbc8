import { sizeOf } from '../gpu/index.ts';
import { type BinaryKind, binary } from '../kernels/binary.ts';
import { type BenchCase, backwardCase, bytesOf, type CaseInfo, forwardCase, type OpSpec, show } from './case.ts';
import { TRAINED } from './shapes.ts';

function cases(
  place: Pick<CaseInfo, 'group' | 'label'>,
  kind: BinaryKind,
  a: readonly number[],
  b: readonly number[],
): BenchCase[] {
  const spec: OpSpec<Record<string, never>> = {
    op: binary[kind],
    attrs: {},
    inputs: (arrays) => [arrays.normal(a), arrays.positive(b)],
  };
  const n = sizeOf(a);
  const m = sizeOf(b);
  const info = (pass: CaseInfo['pass'], bytes: number): CaseInfo => ({
    op: 'binary',
    pass,
    ...place,
    shape: `${kind} ${show(a)} by ${show(b)}`,
    bytes,
  });
  const additive = kind === 'add' || kind === 'sub';
  return [
    forwardCase(info('forward', bytesOf(2 * n, m)), spec),
    backwardCase(info('backward', additive ? bytesOf(3 * n, m) : bytesOf(4 * n, 2 * m)), spec, [0, 1]),
  ];
}

/** The sum of a recurrent layer's directions, and broadcasting products. */
export const benches: BenchCase[] = [
  ...TRAINED.flatMap((plan) => {
    if (plan.summed === undefined) return [];
    const shape = [plan.rnns[0].steps, plan.batch, plan.summed];
    return cases({ group: plan.group, label: `${plan.name} directions` }, 'add', shape, shape);
  }),
  ...cases({ group: 'other', label: 'flat' }, 'mul', [2 ** 21], [2 ** 21]),
  ...cases({ group: 'other', label: 'by channel' }, 'mul', [16, 64, 16, 85], [64, 1, 1]),
  ...cases({ group: 'tiny', label: 'by channel' }, 'div', [2, 3, 4], [3, 1]),
];
