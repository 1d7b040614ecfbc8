import { sizeOf } from '../gpu/index.ts';
import { concat, permute, slice } from '../kernels/layout.ts';
import { type BenchCase, backwardCase, bytesOf, type CaseInfo, forwardCase, type OpSpec, show } from './case.ts';
import { at, mapShape, PLANS, TRAINED } from './shapes.ts';

function cases<A>(
  place: Pick<CaseInfo, 'group' | 'label'>,
  shape: readonly number[],
  what: string,
  moved: number,
  spec: OpSpec<A>,
  needs: readonly number[],
): BenchCase[] {
  const info = (pass: CaseInfo['pass'], bytes: number): CaseInfo => ({
    op: 'strided_copy',
    pass,
    ...place,
    shape: `${what} ${show(shape)}`,
    bytes,
  });
  const forward = forwardCase(info('forward', bytesOf(2 * moved)), spec);
  if (needs.length === 0) return [forward];
  return [forward, backwardCase(info('backward', bytesOf(2 * moved)), spec, needs)];
}

/** The moves of the models: columns to a sequence, one direction of a recurrent layer; and a join. */
export const benches: BenchCase[] = [
  ...PLANS.flatMap((plan) => {
    const shape = mapShape(plan, plan.bridge);
    const spec = {
      op: permute,
      attrs: { dims: [3, 0, 1, 2] },
      inputs: (a: Parameters<OpSpec<unknown>['inputs']>[0]) => [a.normal(shape)],
    };
    return cases(at(plan, 'columns'), shape, 'permute', sizeOf(shape), spec, plan.training ? [0] : []);
  }),
  ...TRAINED.flatMap((plan) => {
    const h = plan.summed;
    if (h === undefined) return [];
    const shape = [plan.rnns[0].steps, plan.batch, 2 * h];
    const attrs = { dim: 2, start: h, end: 2 * h, step: 1 };
    return cases(
      at(plan, 'direction'),
      shape,
      'slice',
      sizeOf(shape) / 2,
      { op: slice, attrs, inputs: (a) => [a.normal(shape)] },
      [0],
    );
  }),
  ...(['other', 'tiny'] as const).flatMap((group) => {
    const shape = group === 'other' ? [16, 64, 32, 64] : [2, 3, 4];
    return cases(
      { group, label: 'join' },
      shape,
      'concat 2 of',
      2 * sizeOf(shape),
      { op: concat, attrs: { dim: 1 }, inputs: (a) => [a.normal(shape), a.normal(shape)] },
      [0, 1],
    );
  }),
];
