import type { Engine } from './engine.ts';
import type { Opened, Reply, Request } from './peer.ts';
import { type Row, runsFor } from './table.ts';
import type { Workload } from './workloads.ts';

export interface RoundOptions {
  readonly rounds: number;
  /** After this long no further round begins; one is always made. */
  readonly secondsPerWorkload: number;
  /** Called with `skipped: ...` lines. */
  onSkip(line: string): void;
  onProgress(text: string): void;
}

const OPEN_MS = 180_000;
const PREPARE_MS = 600_000;
/** Lets the threads of the engine before go to sleep. */
const SETTLE_MS = 30;

interface Runner {
  readonly engine: Engine;
  readonly runs: number;
  readonly note?: string;
  readonly samples: number[];
  broken: boolean;
}

/** Opens each engine; those that cannot run here are skipped with their reason. */
export async function openAll(
  engines: readonly Engine[],
  options: Pick<RoundOptions, 'onSkip' | 'onProgress'>,
): Promise<Map<Engine, Opened>> {
  const opened = new Map<Engine, Opened>();
  for (const engine of engines) {
    options.onProgress(`starting ${engine.name}`);
    const reply = await engine.ask({ do: 'open' }, OPEN_MS);
    if (reply.opened) opened.set(engine, reply.opened);
    else {
      options.onSkip(`skipped: ${engine.name}: ${reply.reason}`);
      engine.close();
    }
  }
  return opened;
}

/** Measures one workload: every engine warms up, then they take turns, one sample each a round. */
export async function measureAlternately(
  engines: readonly Engine[],
  workload: Workload,
  options: RoundOptions,
): Promise<Row> {
  const { onSkip, onProgress } = options;
  const failed = (engine: Engine, reply: Reply) =>
    onSkip(`skipped: ${engine.name}: ${workload.name}: ${reply.reason ?? 'no time came back'}`);
  const runners: Runner[] = [];
  for (const engine of engines) {
    onProgress(`${workload.name}: ${engine.name} prepares`);
    const reply = await ask(engine, { do: 'run', workload });
    if (reply.ms !== undefined)
      runners.push({ engine, runs: runsFor(reply.ms), note: reply.note, samples: [], broken: false });
    else if (!reply.unsupported) failed(engine, reply);
  }
  const start = performance.now();
  for (let round = 0; round < options.rounds; round++) {
    if (round > 0 && performance.now() - start > options.secondsPerWorkload * 1000) break;
    onProgress(`${workload.name}: round ${round + 1} of ${options.rounds}`);
    for (const runner of runners.filter((r) => !r.broken)) {
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
      const reply = await runner.engine.ask({ do: 'sample', runs: runner.runs }, PREPARE_MS);
      if (reply.ms !== undefined) runner.samples.push(reply.ms);
      else {
        runner.broken = true;
        failed(runner.engine, reply);
      }
    }
  }
  for (const { engine, broken } of runners) if (!broken) await engine.ask({ do: 'stop' }, PREPARE_MS);
  return {
    workload: workload.name,
    flops: workload.flops,
    timings: runners.map(({ engine, samples, note }) => ({ engine: engine.name, samples, note })),
  };
}

/** After a crash a process is started anew, and must be opened first. */
async function ask(engine: Engine, request: Request): Promise<Reply> {
  if (!engine.running) {
    const reply = await engine.ask({ do: 'open' }, OPEN_MS);
    if (!reply.opened) return reply;
  }
  return engine.ask(request, PREPARE_MS);
}
