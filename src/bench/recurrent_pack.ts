import type { DeviceArray, GpuArray } from '../gpu/index.ts';
import type { Op } from '../kernels/op.ts';
import { planRecurrent } from '../kernels/recurrent.ts';
import { packForward } from '../kernels/recurrent_pack.ts';
import {
  type Arrays,
  type BenchCase,
  backwardCase,
  bytesOf,
  type CaseInfo,
  forwardCase,
  launchCase,
  type OpSpec,
} from './case.ts';
import { at, PLANS, type Plan, type RecurrentStage, TRAINED } from './shapes.ts';

const GATES = { lstm: 4, gru: 3 } as const;

/** x and the weights of both directions, without recurrent biases (as the models have them). */
function inputsOf(plan: Plan, s: RecurrentStage, a: Arrays): (DeviceArray | undefined)[] {
  const rows = GATES[s.cell] * s.hidden;
  const direction = () => [
    a.normal([rows, s.in], 1 / Math.sqrt(s.in)),
    a.normal([rows, s.hidden], 1 / Math.sqrt(s.hidden)),
    a.normal([rows], 0.1),
    undefined,
  ];
  return [a.normal([s.steps, plan.batch, s.in]), ...direction(), ...direction()];
}

function shapeOf(plan: Plan, s: RecurrentStage): string {
  return `T ${s.steps}, N ${plan.batch}, ${s.in} -> 2 x ${s.hidden}`;
}

function cases(plan: Plan, stage: RecurrentStage, op: Op<Record<string, never>>): BenchCase[] {
  const spec: OpSpec<Record<string, never>> = { op, attrs: {}, inputs: (a) => inputsOf(plan, stage, a) };
  const products = 2 * GATES[stage.cell] * stage.hidden * (stage.in + stage.hidden);
  const info = (pass: CaseInfo['pass'], times: number): CaseInfo => ({
    op: stage.cell,
    pass,
    ...at(plan, stage.name),
    shape: shapeOf(plan, stage),
    flops: times * 2 * plan.batch * stage.steps * products,
  });
  const forward = forwardCase(info('forward', 1), spec);
  if (!plan.training) return [forward];
  // Backward works in place on the saved gates.
  return [forward, backwardCase(info('backward', 2), spec, [0, 1, 2, 3, 5, 6, 7], true)];
}

/** The layers of one cell: the input projection, the walk through time and, backward, the weight gradients. */
export function recurrentCases(cell: 'lstm' | 'gru', op: Op<Record<string, never>>): BenchCase[] {
  return PLANS.flatMap((plan) => plan.rnns.filter((s) => s.cell === cell).flatMap((s) => cases(plan, s, op)));
}

/** The weights of a layer laid out for the walk. */
export const benches: BenchCase[] = TRAINED.flatMap((plan) =>
  plan.rnns.slice(0, 1).map((stage) => {
    const weights = 2 * GATES[stage.cell] * stage.hidden * (stage.hidden + 1);
    return launchCase(
      {
        op: 'recurrent_pack',
        pass: 'forward',
        ...at(plan, stage.name),
        shape: `2 x ${GATES[stage.cell]} x ${stage.hidden} x ${stage.hidden}`,
        bytes: bytesOf(weights, weights),
      },
      (a) => {
        const inputs: (GpuArray | undefined)[] = inputsOf(plan, stage, a);
        const p = planRecurrent(stage.cell, GATES[stage.cell], inputs, []);
        return () => {
          packForward(a.device, p);
        };
      },
    );
  }),
);
