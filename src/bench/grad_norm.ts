import { gradNorm } from '../kernels/grad_norm.ts';
import { type BenchCase, bytesOf, launchCase } from './case.ts';
import { at, TRAINED } from './shapes.ts';

/** The norm over all gradients of a model. */
export const benches: BenchCase[] = TRAINED.map((plan) =>
  launchCase(
    {
      op: 'grad_norm',
      pass: 'forward',
      ...at(plan, 'clipping'),
      shape: `${plan.parameters} gradients`,
      bytes: bytesOf(plan.parameters),
    },
    (a) => {
      const g = a.normal([plan.parameters]);
      const clip = a.empty([2]);
      return () => gradNorm(a.device, g, 5, clip);
    },
  ),
);
