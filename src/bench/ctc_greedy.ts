import { ctcGreedyOp } from '../kernels/ctc_greedy.ts';
import { type BenchCase, bytesOf, forwardCase } from './case.ts';
import { at, PLANS } from './shapes.ts';

/** Best-path decoding of a batch. */
export const benches: BenchCase[] = PLANS.map((plan) => {
  const { frames, batch, classes } = plan;
  return forwardCase(
    {
      op: 'ctc_greedy',
      pass: 'forward',
      ...at(plan, 'decoding'),
      shape: `T ${frames}, N ${batch}, C ${classes}`,
      bytes: bytesOf(frames * batch * classes),
    },
    {
      op: ctcGreedyOp,
      attrs: { blank: classes - 1 },
      inputs: (a) => [a.normal([frames, batch, classes]), a.filled([batch], frames, 'i32')],
    },
  );
});
