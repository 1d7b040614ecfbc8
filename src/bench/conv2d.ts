import { type Conv2dAttrs, conv2d } from '../kernels/conv2d.ts';
import { type BenchCase, backwardCase, type CaseInfo, forwardCase, type OpSpec, show } from './case.ts';
import { at, type ConvStage, distinct, outputOf, PLANS, type Plan, paddingOf } from './shapes.ts';

function cases(plan: Plan, stage: ConvStage, index: number): BenchCase[] {
  const { from, to, kernel, stride, bias } = stage;
  const [, h, w] = outputOf(stage);
  const depth = from[0] * kernel * kernel;
  const spec: OpSpec<Conv2dAttrs> = {
    op: conv2d,
    attrs: { stride: [stride, stride], padding: paddingOf(kernel), dilation: [1, 1] },
    inputs: (a) => [
      a.normal([plan.batch, ...from]),
      a.normal([to, from[0], kernel, kernel], 1 / Math.sqrt(depth)),
      bias ? a.normal([to]) : undefined,
    ],
  };
  const info = (pass: CaseInfo['pass']): CaseInfo => ({
    op: 'conv2d',
    pass,
    ...at(plan, stage.name),
    shape: `${show([plan.batch, ...from])} -> ${to}, ${kernel}x${kernel}${stride > 1 ? ` / ${stride}` : ''}`,
    flops: 2 * plan.batch * h * w * to * depth,
  });
  if (!plan.training) return [forwardCase(info('forward'), spec)];
  const weights = backwardCase(info('backward_w'), spec, [1]);
  // The first layer's input is the image: nobody asks for its gradient.
  if (index === 0) return [forwardCase(info('forward'), spec), weights];
  const both = info('backward');
  return [
    forwardCase(info('forward'), spec),
    backwardCase({ ...both, flops: 2 * (both.flops ?? 0) }, spec, [0, 1]),
    backwardCase(info('backward_x'), spec, [0]),
    weights,
  ];
}

/** The convolutions of every model; the article's second is the 16 x 64 x 16 x 85 -> 128 of the acceptance test. */
export const benches: BenchCase[] = distinct(PLANS.flatMap((plan) => plan.convs.flatMap((s, i) => cases(plan, s, i))));
