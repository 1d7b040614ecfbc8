import { sgd } from '../kernels/adam.ts';
import { type BenchCase, bytesOf, launchCase } from './case.ts';
import { at, TRAINED } from './shapes.ts';

/** One step with momentum over all parameters of a model. */
export const benches: BenchCase[] = TRAINED.map((plan) => {
  const n = Math.ceil(plan.parameters / 64) * 64;
  return launchCase(
    {
      op: 'sgd',
      pass: 'forward',
      ...at(plan, 'update'),
      shape: `${plan.parameters} parameters, momentum`,
      bytes: bytesOf(5 * n),
    },
    (a) => {
      const step = {
        g: a.normal([n], 0.01),
        p: a.normal([n]),
        b: a.filled([n], 0),
        clip: a.filled([2], 1),
        hyper: a.filled([5], 0),
        decays: a.filled([n / 64], 1),
        masked: false,
        momentum: true,
      };
      a.device.write(step.hyper, Float32Array.of(0.9, 1, 1e-3, 0, 0));
      return () => sgd(a.device, step);
    },
  );
});
