import { sizeOf } from '../gpu/index.ts';
import { accumulate } from '../kernels/accumulate.ts';
import { type BenchCase, bytesOf, launchCase, show } from './case.ts';
import { at, TRAINED } from './shapes.ts';

/** The input gradients of a recurrent layer's two directions, added up. */
export const benches: BenchCase[] = TRAINED.flatMap((plan) =>
  plan.rnns.slice(0, 2).map((stage) => {
    const shape = [stage.steps, plan.batch, stage.in];
    return launchCase(
      {
        op: 'accumulate',
        pass: 'forward',
        ...at(plan, stage.name),
        shape: show(shape),
        bytes: bytesOf(3 * sizeOf(shape)),
      },
      (a) => {
        const x = a.normal(shape);
        const y = a.normal(shape);
        return () => accumulate(a.device, y, x);
      },
    );
  }),
);
