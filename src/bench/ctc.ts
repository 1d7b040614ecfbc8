import { type CtcAttrs, ctcOp } from '../kernels/ctc.ts';
import { type BenchCase, backwardCase, bytesOf, type CaseInfo, forwardCase, type OpSpec } from './case.ts';
import { at, type Plan, TRAINED } from './shapes.ts';

function cases(plan: Plan): BenchCase[] {
  const { frames, batch, classes } = plan;
  const longest = Math.min(24, Math.floor(frames / 2));
  const attrs: CtcAttrs = { blank: classes - 1, reduction: 'none', zeroInfinity: false, gradient: true };
  const spec: OpSpec<CtcAttrs> = {
    op: ctcOp,
    attrs,
    inputs: (a) => [
      a.normal([frames, batch, classes]),
      a.integers([batch, longest], classes - 1),
      a.filled([batch], frames, 'i32'),
      a.filled([batch], Math.min(8, longest), 'i32'),
    ],
  };
  const logits = frames * batch * classes;
  const info = (pass: CaseInfo['pass']): CaseInfo => ({
    op: 'ctc',
    pass,
    ...at(plan, 'loss'),
    shape: `T ${frames}, N ${batch}, C ${classes}, S ${longest}`,
    bytes: bytesOf(2 * logits),
  });
  // Forward makes the gradient in the same launch; backward only scales it.
  return [forwardCase(info('forward'), spec), backwardCase(info('backward'), spec, [0])];
}

export const benches: BenchCase[] = TRAINED.flatMap(cases);
