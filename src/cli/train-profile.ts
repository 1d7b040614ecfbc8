import type { Device, PartTimes, Profile } from '../gpu/index.ts';
import type { LogLine, Spent } from '../train/index.ts';
import { percent } from './html/index.ts';
import type { Io } from './io.ts';

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

/** Follows a run's log; `report` says where the time of its steps went, also of a run that was interrupted. Nothing without a profile. */
export function profileRun(device: Device, from: Spent, io: Pick<Io, 'err'>) {
  let spent = from;
  return {
    onLog(line: LogLine): void {
      spent = line.spent;
      // Makes room for the next passes. A device that is lost is said by the step that needs it.
      device.profile?.read().catch(() => undefined);
    },
    async report(): Promise<void> {
      const { profile } = device;
      const times = spent === from ? undefined : await profile?.read().catch(() => undefined);
      if (!profile || !times) return;
      const { data, first, steps, validation, checkpoints } = spent;
      io.err(
        profileText(
          times,
          {
            data: data - from.data,
            first: first - from.first,
            steps: steps - from.steps,
            validation: validation - from.validation,
            checkpoints: checkpoints - from.checkpoints,
          },
          profile,
        ),
      );
    },
  };
}
