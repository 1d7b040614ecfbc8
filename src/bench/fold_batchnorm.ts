import { foldBatchNorm } from '../kernels/fold_batchnorm.ts';
import { type BenchCase, bytesOf, forwardCase } from './case.ts';
import { at, TRAINED } from './shapes.ts';

/** Batch norms merged into the largest convolutions of each model, once before it reads. */
export const benches: BenchCase[] = TRAINED.flatMap((plan) =>
  plan.convs.slice(-2, -1).map((s) => {
    const shape = [s.to, s.from[0], s.kernel, s.kernel];
    const size = shape.reduce((a, b) => a * b, 1);
    return forwardCase(
      {
        op: 'fold_batchnorm',
        pass: 'forward',
        ...at(plan, s.name),
        shape: shape.join(' x '),
        bytes: bytesOf(2 * size),
      },
      {
        op: foldBatchNorm,
        attrs: { eps: 1e-5 },
        inputs: (a) => {
          const c = [s.to];
          return [a.normal(shape), a.normal(c), a.filled(c, 1), a.filled(c, 0), a.filled(c, 0), a.filled(c, 1)];
        },
      },
    );
  }),
);
