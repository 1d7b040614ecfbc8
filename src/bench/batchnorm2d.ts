import { type Batchnorm2dAttrs, batchnorm2d } from '../kernels/batchnorm2d.ts';
import { type BenchCase, backwardCase, bytesOf, type CaseInfo, forwardCase, type OpSpec, show } from './case.ts';
import { at, type ConvStage, distinct, mapShape, outputOf, PLANS, type Plan, sizeOfMaps } from './shapes.ts';

function cases(plan: Plan, stage: ConvStage): BenchCase[] {
  const maps = outputOf(stage);
  const c = [stage.to];
  const spec: OpSpec<Batchnorm2dAttrs> = {
    op: batchnorm2d,
    attrs: { training: plan.training, momentum: 0.1, eps: 1e-5, relu: true },
    inputs: (a) => [a.normal(mapShape(plan, maps)), a.filled(c, 1), a.filled(c, 0), a.filled(c, 0), a.filled(c, 1)],
  };
  const n = sizeOfMaps(plan, maps);
  const info = (pass: CaseInfo['pass'], passes: number): CaseInfo => ({
    op: 'batchnorm2d',
    pass,
    ...at(plan, stage.name),
    shape: `${show(mapShape(plan, maps))}, relu${plan.training ? '' : ', evaluation'}`,
    bytes: bytesOf(passes * n),
  });
  if (!plan.training) return [forwardCase(info('forward', 2), spec)];
  // Statistics before anything is normalised: x is read twice. Backward: x and dy twice, dx once.
  return [forwardCase(info('forward', 3), spec), backwardCase(info('backward', 5), spec, [0, 1, 2])];
}

export const benches: BenchCase[] = distinct(PLANS.flatMap((plan) => plan.convs.flatMap((s) => cases(plan, s))));
