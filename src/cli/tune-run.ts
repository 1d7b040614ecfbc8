import { type Shapes, selectCases, type Tuned, tune } from '../bench/index.ts';
import { ArgumentError, Device } from '../gpu/index.ts';
import { applySavedTuning, saveTuning, tuningOf } from '../kernels/index.ts';
import type { Io } from './io.ts';
import type { ExitCode } from './report.ts';

export interface TuneFlags {
  readonly shapes: Shapes;
  readonly filter?: string;
  readonly repeat: number;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

const SHOWN = 3;

/** A shape class: the fastest tiles, what was used before, and what the change is worth. */
function describe(t: Tuned): string {
  const [best] = t.times;
  const before = t.times.find((x) => x.tile.id === t.before);
  const gain = before ? `${(before.ms / best.ms).toFixed(2)} times as fast as` : 'instead of';
  const lines = t.times
    .slice(0, SHOWN)
    .map(({ tile, ms }, i) => `  ${i === 0 ? '*' : ' '} ${tile.id.padEnd(36)}${ms.toFixed(2).padStart(9)} ms`);
  const verdict = best.tile.id === t.before ? 'the default stays' : `${gain} ${t.before}`;
  return [`${t.shapeClass}  (${t.where}; ${t.times.length} tiles): ${verdict}`, ...lines, ''].join('\n');
}

/**
 * Runs `lexel tune`.
 * @throws ArgumentError when the filter fits nothing
 */
export async function runTune(flags: TuneFlags, io: Io): Promise<ExitCode> {
  const ops = ['matmul', 'linear', 'conv2d'];
  const cases = selectCases(flags.shapes, flags.filter).filter((c) => ops.includes(c.op) && c.pass !== 'backward');
  if (cases.length === 0)
    throw new ArgumentError(`tune: nothing to tune is called ${JSON.stringify(flags.filter)} in ${flags.shapes}`, {
      hint: `It tunes ${ops.join(', ')}.`,
    });
  await using device = await Device.create();
  // What was tuned before for other shapes stays.
  await applySavedTuning(device);
  if (!flags.json) io.out(`adapter   ${device.adapter.description}\n\n`);
  const found: Tuned[] = [];
  for await (const tuned of tune(device, cases, flags.repeat)) {
    found.push(tuned);
    if (!flags.json) io.out(`${describe(tuned)}\n`);
  }
  const path = flags.dryRun ? undefined : await saveTuning(device);
  if (flags.json) {
    const classes = found.map(({ times, ...t }) => ({
      ...t,
      times: times.map((x) => ({ tile: x.tile.id, ms: x.ms })),
    }));
    io.out(
      `${JSON.stringify({ adapter: device.adapter.description, saved: path, classes, tuning: tuningOf(device) }, null, 2)}\n`,
    );
  } else
    io.out(
      `${found.length} shape classes tuned; ${path ? `saved to ${path}` : flags.dryRun ? 'not saved' : 'there was nowhere to save them'}\n`,
    );
  return 0;
}
