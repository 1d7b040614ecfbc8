import { dropout, dropoutGivenMask } from '../kernels/dropout.ts';
import { type BenchCase, backwardCase, bytesOf, type CaseInfo, forwardCase, show } from './case.ts';
import { at, mapShape, outputOf, sizeOfMaps, TRAINED } from './shapes.ts';

function masked(group: 'other' | 'tiny', n: number): BenchCase {
  return forwardCase(
    { op: 'dropout', pass: 'forward', group, label: 'mask', shape: `${n} by a given mask`, bytes: bytesOf(3 * n) },
    { op: dropoutGivenMask, attrs: { p: 0.5 }, inputs: (a) => [a.normal([n]), a.filled([n], 1)] },
  );
}

/** The dropouts of the article's models, and one with a mask from outside. */
export const benches: BenchCase[] = [
  ...TRAINED.flatMap((plan) =>
    plan.convs.flatMap((stage) => {
      const { drop: p } = stage;
      if (p === undefined) return [];
      const shape = mapShape(plan, outputOf(stage));
      const info = (pass: CaseInfo['pass']): CaseInfo => ({
        op: 'dropout',
        pass,
        ...at(plan, stage.name),
        shape: `${show(shape)}, p ${p}`,
        bytes: bytesOf(2 * sizeOfMaps(plan, outputOf(stage))),
      });
      const spec = {
        op: dropout,
        attrs: { p, seed: 1 },
        inputs: (a: Parameters<Parameters<typeof forwardCase>[1]['inputs']>[0]) => [
          a.normal(shape),
          a.filled([1], 1, 'u32'),
        ],
      };
      return [forwardCase(info('forward'), spec), backwardCase(info('backward'), spec, [0])];
    }),
  ),
  masked('other', 2 ** 21),
  masked('tiny', 300),
];
