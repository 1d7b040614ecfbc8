import { fill } from '../kernels/fill.ts';
import { type BenchCase, bytesOf, launchCase } from './case.ts';

/** One value everywhere. */
export const benches: BenchCase[] = (['other', 'tiny'] as const).map((group) => {
  const n = group === 'other' ? 2 ** 22 : 100;
  return launchCase(
    { op: 'fill', pass: 'forward', group, label: 'flat', shape: String(n), bytes: bytesOf(n) },
    (a) => () => {
      fill(a.device, [n], 1);
    },
  );
});
