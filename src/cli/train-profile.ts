import type { PartTimes, Profile } from '../gpu/index.ts';
import type { Spent } from '../train/index.ts';
import { percent } from './html/index.ts';

const ON_THE_GPU = ['forward', 'backward', 'optimiser'] as const;

/**
 * Where the time of the steps went, a line a part.
 * @param times milliseconds by part
 * @param spent seconds of the same steps
 */
export function profileText(times: PartTimes, spent: Spent, { clock, lost }: Pick<Profile, 'clock' | 'lost'>): string {
  const seconds = (name: string) => (times.get(name) ?? 0) / 1000;
  const total = spent.data + spent.first + spent.steps;
  const parts: [string, number][] = [
    ['data wait', spent.data],
    ['upload', seconds('upload')],
    ...ON_THE_GPU.map((name): [string, number] => [name, seconds(name)]),
  ];
  // Compiling, encoding, waiting for the GPU to begin and to answer; none where the host works while the GPU does.
  const rest = Math.max(0, total - parts.reduce((sum, [, s]) => sum + s, 0));
  parts.push(['rest', rest]);
  const how = clock === 'gpu' ? 'timestamps of the GPU' : "the host's clock; the GPU has no timestamps";
  const lines = parts.map(
    ([name, s]) => `  ${name.padEnd(12)}${s.toFixed(2).padStart(9)} s${percent(s / Math.max(1e-9, total)).padStart(9)}`,
  );
  const missing = lost > 0 ? [`  ${lost} passes found no place and are missing above`] : [];
  return `${[`where the ${total.toFixed(2)} s of the steps went (${how}):`, ...lines, ...missing].join('\n')}\n`;
}
