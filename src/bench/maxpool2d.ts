import { type Maxpool2dAttrs, maxpool2d } from '../kernels/maxpool2d.ts';
import { type BenchCase, backwardCase, bytesOf, type CaseInfo, forwardCase, type OpSpec, show } from './case.ts';
import { at, mapShape, outputOf, PLANS } from './shapes.ts';

const NONE = { top: 0, bottom: 0, left: 0, right: 0 };

function cases(
  place: Pick<CaseInfo, 'group' | 'label'>,
  shape: readonly number[],
  kernel: readonly [number, number],
  training: boolean,
  stride = kernel,
): BenchCase[] {
  const [n, c, h, w] = shape;
  const spec: OpSpec<Maxpool2dAttrs> = {
    op: maxpool2d,
    attrs: { kernel, stride, padding: NONE, dilation: [1, 1], ceilMode: false },
    inputs: (a) => [a.normal(shape)],
  };
  const out = n * c * (Math.floor((h - kernel[0]) / stride[0]) + 1) * (Math.floor((w - kernel[1]) / stride[1]) + 1);
  const info = (pass: CaseInfo['pass']): CaseInfo => ({
    op: 'maxpool2d',
    pass,
    ...place,
    shape: `${show(shape)}, ${kernel.join('x')} / ${stride.join('x')}`,
    // Values and positions; backward the other way round.
    bytes: bytesOf(n * c * h * w, out, out),
  });
  const forward = forwardCase(info('forward'), spec);
  return training ? [forward, backwardCase(info('backward'), spec, [0])] : [forward];
}

/** The pools of every model, and one whose windows overlap. */
export const benches: BenchCase[] = [
  ...PLANS.flatMap((plan) =>
    plan.convs.flatMap((s) =>
      s.pool ? cases(at(plan, s.name), mapShape(plan, outputOf(s)), s.pool, plan.training) : [],
    ),
  ),
  ...cases({ group: 'other', label: 'overlapping' }, [16, 64, 32, 128], [3, 3], true, [2, 2]),
  ...cases({ group: 'tiny', label: 'tiny overlapping' }, [2, 3, 5, 7], [3, 3], true, [2, 2]),
];
