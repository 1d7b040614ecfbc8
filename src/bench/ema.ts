import { ema } from '../kernels/ema.ts';
import { type BenchCase, bytesOf, launchCase } from './case.ts';
import { at, TRAINED } from './shapes.ts';

/** The average of a model's weights, one step on. */
export const benches: BenchCase[] = TRAINED.map((plan) => {
  const n = Math.ceil(plan.parameters / 64) * 64;
  return launchCase(
    {
      op: 'ema',
      pass: 'forward',
      ...at(plan, 'average'),
      shape: `${plan.parameters} parameters`,
      bytes: bytesOf(3 * n),
    },
    (a) => {
      const p = a.normal([n]);
      const average = a.normal([n]);
      return () => ema(a.device, average, p, 1e-3);
    },
  );
});
