import { adam } from '../kernels/adam.ts';
import { type BenchCase, bytesOf, launchCase } from './case.ts';
import { at, TRAINED } from './shapes.ts';

/** One step over all parameters of a model; RAdam and AdamW are the same kernel. */
export const benches: BenchCase[] = TRAINED.map((plan) => {
  const n = Math.ceil(plan.parameters / 64) * 64;
  return launchCase(
    {
      op: 'adam',
      pass: 'forward',
      ...at(plan, 'update'),
      shape: `${plan.parameters} parameters`,
      // Gradient, parameters and both moments are read, all but the gradient written.
      bytes: bytesOf(7 * n),
    },
    (a) => {
      const step = {
        g: a.normal([n], 0.01),
        p: a.normal([n]),
        m: a.filled([n], 0),
        v: a.filled([n], 0),
        clip: a.filled([2], 1),
        hyper: a.filled([10], 0),
        decays: a.filled([n / 64], 1),
        masked: false,
      };
      a.device.write(step.hyper, Float32Array.of(1e-4, 1, 1e-8, 1, 0.9, 0.1, 0.999, 0.001, 0, 0));
      return () => adam(a.device, step);
    },
  );
});
