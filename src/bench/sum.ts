import { sumChannels, sumRowsInto } from '../kernels/sum.ts';
import { type BenchCase, bytesOf, launchCase, show } from './case.ts';
import { at, mapShape, outputOf, sizeOfMaps, TRAINED } from './shapes.ts';

/** Gradients of biases: over images and pixels (convolutions), over rows (linear and recurrent layers). */
export const benches: BenchCase[] = TRAINED.flatMap((plan) => [
  ...plan.convs.slice(1, 2).map((stage) => {
    const [c, h, w] = outputOf(stage);
    return launchCase(
      {
        op: 'sum',
        pass: 'forward',
        ...at(plan, stage.name),
        shape: `${show(mapShape(plan, [c, h, w]))} to ${c}`,
        bytes: bytesOf(sizeOfMaps(plan, [c, h, w])),
      },
      (a) => {
        const dy = a.normal(mapShape(plan, [c, h, w]));
        const db = a.empty([c]);
        return () => sumChannels(a.device, dy, plan.batch, c, h * w, db);
      },
    );
  }),
  ...plan.linears.slice(-1).map((s) =>
    launchCase(
      {
        op: 'sum',
        pass: 'forward',
        ...at(plan, s.name),
        shape: `${s.rows} x ${s.out} to ${s.out}`,
        bytes: bytesOf(s.rows * s.out),
      },
      (a) => {
        const x = a.normal([s.rows, s.out]);
        const y = a.empty([s.out]);
        return () => sumRowsInto(a.device, x, s.rows, s.out, y);
      },
    ),
  ),
]);
