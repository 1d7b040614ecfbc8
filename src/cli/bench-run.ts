import { cpus, loadavg, type } from 'node:os';
import {
  BENCHES,
  benchModels,
  CASE_COLUMNS,
  type CaseResult,
  caseRow,
  dispatchesOf,
  formatDispatches,
  MODEL_COLUMNS,
  type ModelResult,
  measure,
  modelRow,
  modelsOf,
  type Shapes,
  selectCases,
  tableOf,
  timeSteps,
  WALK_COLUMNS,
  WALKS,
  type WalkResult,
  type WalkSpec,
  walkRow,
  wants,
} from '../bench/index.ts';
import { ArgumentError, Device, UnsupportedError } from '../gpu/index.ts';
import { applySavedTuning, chooseVariant, forceVariant, type VariantName, variantsOf } from '../kernels/index.ts';
import { runConfig } from '../train/index.ts';
import { runFirstRead } from './first-read-run.ts';
import type { Io } from './io.ts';
import type { ExitCode } from './report.ts';

export interface BenchFlags {
  readonly filter?: string;
  readonly shapes: Shapes;
  readonly repeat: number;
  readonly variant?: VariantName;
  readonly precision?: 'f32' | 'f16';
  readonly dispatches?: boolean;
  readonly timeSteps?: boolean;
  readonly firstRead?: boolean;
  readonly json?: boolean;
}

/** What the numbers depend on besides the code. */
function header(device: Device) {
  const [cpu] = cpus();
  return {
    adapter: device.adapter.description,
    subgroupSize: device.adapter.subgroupSize,
    features: device.adapter.features,
    variant: chooseVariant(device),
    date: new Date().toISOString(),
    machine: `${cpus().length} x ${cpu?.model.trim() || 'unknown CPU'}, ${type()}`,
    load: loadavg().map((v) => Number(v.toFixed(2))),
    node: process.version,
  };
}

function headerText(h: ReturnType<typeof header>): string {
  return [
    `adapter   ${h.adapter}${h.subgroupSize > 0 ? `, subgroups of ${h.subgroupSize}` : ''}`,
    `features  ${h.features.join(' ') || 'none'}`,
    `variant   ${h.variant}`,
    `machine   ${h.machine}, load average ${h.load.join(' ')}`,
    `run       ${h.date}, Node ${h.node}`,
    '',
    '',
  ].join('\n');
}

/** One line that is rewritten on a terminal, one line a step elsewhere. */
function progressOn(io: Io): { show(text: string): void; clear(): void } {
  if (!io.errIsTerminal) return { show: (text) => io.err(`bench: ${text}\n`), clear: () => undefined };
  const clear = () => io.err('\r\u001b[K');
  return { show: (text) => io.err(`\r\u001b[Kbench: ${text}`), clear };
}

/**
 * Runs `lexel bench`.
 * @throws ArgumentError when the filter fits nothing or options exclude each other, UnsupportedError when the adapter lacks the variant.
 */
export async function runBench(flags: BenchFlags, io: Io): Promise<ExitCode> {
  const { shapes, filter } = flags;
  const half = flags.precision === 'f16';
  if (half && (flags.dispatches || flags.timeSteps || flags.firstRead))
    throw new ArgumentError('bench: --precision f16 is for models that read', {
      hint: 'Leave --dispatches, --time-steps and --first-read out.',
    });
  if (flags.firstRead) return runFirstRead(flags.repeat, flags.json === true, io);
  const walks = flags.timeSteps ? walksOf(shapes, filter) : [];
  const models = modelsOf((group) => wants(shapes, group), filter);
  const cases = filter === 'models' || flags.dispatches || half ? [] : selectCases(shapes, filter);
  if (flags.timeSteps ? walks.length === 0 : models.length === 0 && cases.length === 0)
    throw new ArgumentError(`bench: nothing is called ${JSON.stringify(filter)} in the shapes ${shapes}`, {
      hint: `Ops are ${Object.keys(BENCHES).join(', ')}; models alone gives the models`,
    });
  const device = await Device.create();
  await applySavedTuning(device);
  const halves = device.raw.features.has('shader-f16');
  const able = cases.filter((c) => halves || c.op !== 'half');
  try {
    if (flags.variant) {
      if (!variantsOf(device).includes(flags.variant))
        throw new UnsupportedError(`bench: ${device.adapter.description} has no ${flags.variant} variant`, {
          hint: 'It needs the WebGPU feature subgroups with at least 4 lanes',
        });
      forceVariant(device, flags.variant);
    }
    if (flags.timeSteps) await printTimeSteps(device, walks, flags, io);
    else if (flags.dispatches) await printDispatches(device, models, flags, io);
    else await printTimes(device, able, models, flags, io);
  } finally {
    await device[Symbol.asyncDispose]();
  }
  return 0;
}

/** Sizes of the table of recurrent layers; one small one for the tests. */
function walksOf(shapes: Shapes, filter: string | undefined): readonly WalkSpec[] {
  const sizes = shapes === 'tiny' ? WALKS.map((w) => ({ ...w, steps: 3, batch: 2, inputs: 5, hidden: 7 })) : WALKS;
  const some = sizes.filter((w) => filter === undefined || w.cell === filter);
  return shapes === 'tiny' ? some.slice(0, 1) : some;
}

async function printTimeSteps(
  device: Device,
  walks: readonly WalkSpec[],
  { json, repeat }: BenchFlags,
  io: Io,
): Promise<void> {
  const start = header(device);
  const table = tableOf(WALK_COLUMNS);
  if (!json) io.out(`${headerText(start)}${table.head}`);
  const all: WalkResult[] = [];
  for (const walk of walks)
    for (const result of await timeSteps(device, walk, repeat)) {
      all.push(result);
      if (!json) io.out(table.row(walkRow(result)));
    }
  if (json) io.out(`${JSON.stringify({ ...start, timeSteps: all }, null, 2)}\n`);
}

async function printDispatches(
  device: Device,
  models: ReturnType<typeof modelsOf>,
  flags: BenchFlags,
  io: Io,
): Promise<void> {
  const reports = [];
  if (!flags.json) io.out(headerText(header(device)));
  for (const { model, group, train } of models) {
    // Recording costs memory, not time: word-small at its own batch size, the article's models at the tables'.
    const batch = group === 'word-small' ? runConfig(model).batch : Math.max(...train);
    const report = await dispatchesOf(device, model, batch);
    reports.push(report);
    if (!flags.json) io.out(`${formatDispatches(report)}\n`);
  }
  if (flags.json) io.out(`${JSON.stringify({ ...header(device), dispatches: reports }, null, 2)}\n`);
}

async function printTimes(
  device: Device,
  cases: ReturnType<typeof selectCases>,
  models: ReturnType<typeof modelsOf>,
  flags: BenchFlags,
  io: Io,
): Promise<void> {
  const { repeat, json } = flags;
  const start = header(device);
  const progress = progressOn(io);
  const print = (text: string) => {
    if (!json) {
      progress.clear();
      io.out(text);
    }
  };
  print(headerText(start));
  const results: CaseResult[] = [];
  const kernels = tableOf(CASE_COLUMNS);
  if (cases.length > 0) print(kernels.head);
  for (const [i, c] of cases.entries()) {
    progress.show(`${i + 1} of ${cases.length}: ${c.op} ${c.pass} ${c.label}`);
    const result = await measure(device, c, { repeat, sampleMs: c.group === 'tiny' ? 0 : undefined });
    results.push(result);
    print(kernels.row(caseRow(result)));
  }
  const rows: ModelResult[] = [];
  const table = tableOf(MODEL_COLUMNS);
  if (models.length > 0) print(`${cases.length > 0 ? '\n' : ''}${table.head}`);
  for (const spec of models)
    await benchModels(device, spec, {
      repeat,
      half: flags.precision === 'f16',
      onProgress: progress.show,
      onResult: (result) => {
        rows.push(result);
        print(table.row(modelRow(result)));
      },
    });
  progress.clear();
  const end = { stats: device.stats(), loadAfter: loadavg().map((v) => Number(v.toFixed(2))) };
  if (json)
    io.out(
      `${JSON.stringify({ ...start, ...end, repeat, precision: flags.precision ?? 'f32', cases: results, models: rows }, null, 2)}\n`,
    );
  else io.out(`\nload average ${end.loadAfter.join(' ')} at the end\n`);
}
