import { gradClip } from '../kernels/grad_norm.ts';
import { type BenchCase, bytesOf, launchCase } from './case.ts';
import { at, TRAINED } from './shapes.ts';

/** Gradients scaled in place, for callers who step by hand (a trainer's optimiser applies the factor itself). */
export const benches: BenchCase[] = TRAINED.map((plan) =>
  launchCase(
    {
      op: 'grad_clip',
      pass: 'forward',
      ...at(plan, 'clipping'),
      shape: `${plan.parameters} gradients`,
      bytes: bytesOf(2 * plan.parameters),
    },
    (a) => {
      const g = a.normal([plan.parameters]);
      // A factor of 1: smaller ones would leave nothing after some repeats.
      const clip = a.filled([2], 1);
      return () => gradClip(a.device, g, clip);
    },
  ),
);
