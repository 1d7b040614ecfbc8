import { type LinearAttrs, linear } from '../kernels/linear.ts';
import { type BenchCase, backwardCase, type CaseInfo, forwardCase, type OpSpec } from './case.ts';
import { at, type LinearStage, PLANS, type Plan } from './shapes.ts';

function cases(plan: Plan, stage: LinearStage): BenchCase[] {
  const { rows, out } = stage;
  const spec: OpSpec<LinearAttrs> = {
    op: linear,
    attrs: { relu: stage.relu },
    inputs: (a) => [a.normal([rows, stage.in]), a.normal([out, stage.in], 1 / Math.sqrt(stage.in)), a.normal([out])],
  };
  const info = (pass: CaseInfo['pass'], products: number): CaseInfo => ({
    op: 'linear',
    pass,
    ...at(plan, stage.name),
    shape: `${rows} x ${stage.in} -> ${out}${stage.relu ? ', relu' : ''}`,
    flops: 2 * products * rows * stage.in * out,
  });
  const forward = forwardCase(info('forward', 1), spec);
  return plan.training ? [forward, backwardCase(info('backward', 2), spec, [0, 1, 2])] : [forward];
}

export const benches: BenchCase[] = PLANS.flatMap((plan) => plan.linears.flatMap((s) => cases(plan, s)));
