import { half } from '../kernels/half.ts';
import { type BenchCase, bytesOf, forwardCase } from './case.ts';
import { at, TRAINED } from './shapes.ts';

/** The weights of each model's largest convolutions, once before it reads. */
export const benches: BenchCase[] = TRAINED.flatMap((plan) =>
  plan.convs.slice(-2, -1).map((s) => {
    const shape = [s.to, s.from[0], s.kernel, s.kernel];
    const size = shape.reduce((a, b) => a * b, 1);
    return forwardCase(
      { op: 'half', pass: 'forward', ...at(plan, s.name), shape: shape.join(' x '), bytes: bytesOf(1.5 * size) },
      { op: half, attrs: {}, inputs: (a) => [a.normal(shape)] },
    );
  }),
);
