import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ArgumentError, Device, FormatError } from '../gpu/index.ts';
import { applySavedTuning } from '../kernels/index.ts';
import { readSafetensors, writeSafetensors } from '../nn/index.ts';
import { SynthStream } from '../train/data/index.ts';
import { writeAtomically } from '../train/files.node.ts';
import {
  type BatchSource,
  createSession,
  decodeCheckpoint,
  encodeCheckpoint,
  freshState,
  type LabelledImages,
  type LoopState,
  type RunConfig,
  restoreCheckpoint,
  runConfig,
  runLoop,
  type Session,
  schedule,
  takeCheckpoint,
} from '../train/index.ts';
import { loadSet, openSource } from './dataset.ts';
import type { ExitCode } from './report.ts';
import { reportSkipped } from './skipped.ts';

export interface TrainFlags {
  config: string;
  out?: string;
  data?: string;
  val?: string;
  steps?: number;
  batch?: number;
  seed?: number;
  peak?: number;
  stopAfter?: number;
  resume?: boolean;
  initFrom?: string;
  workers?: number;
  validateEvery?: number;
  checkpointEvery?: number;
  validationWords?: number;
  strict?: boolean;
}

/** Runs `lexel train`. @throws LexelError */
export async function train(flags: TrainFlags): Promise<ExitCode> {
  const out = flags.out ?? join('runs', flags.config);
  const last = join(out, 'last.ckpt.safetensors');
  const resumed = flags.resume ? readCheckpoint(last) : undefined;
  if (!resumed && existsSync(last))
    throw new ArgumentError(`train: ${out} holds a run already`, { hint: 'Use --resume, or another --out.' });
  const config: RunConfig = resumed
    ? (resumed.config as unknown as RunConfig)
    : runConfig(flags.config, {
        steps: flags.steps,
        batch: flags.batch,
        seed: flags.seed,
        validateEvery: flags.validateEvery,
        checkpointEvery: flags.checkpointEvery,
        validationWords: flags.validationWords,
      });
  // A longer or shorter tail: the schedule is stretched from here on, so this resume is not bit-exact.
  if (resumed && flags.steps) config.steps = flags.steps;
  if (flags.peak && !resumed) config.schedule = { ...config.schedule, peak: flags.peak };
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, 'config.json'), `${JSON.stringify(config, null, 2)}\n`);
  process.stderr.write(`${JSON.stringify(config)}\n`);

  const device = await Device.create();
  await applySavedTuning(device);
  process.stderr.write(`adapter: ${device.adapter.description}\n`);
  const session = createSession(device, config);
  process.stderr.write(`${config.model}: ${session.model.parameterCount().toLocaleString('en')} parameters\n`);
  if (flags.initFrom) session.model.load(readSafetensors(readBytes(flags.initFrom), flags.initFrom).tensors);
  if (resumed) restoreCheckpoint(resumed, session.model, session.optimizer);
  const streams: { close(): Promise<void> }[] = [];
  const abort = new AbortController();
  const onSignal = () => abort.abort();
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  try {
    const source = await trainingSource(flags, config, session, streams);
    const validation = await validationSets(flags, config, session, streams);
    const state = await runLoop(
      { device, model: session.model, trainer: session.trainer, evaluator: session.evaluator, source, validation },
      {
        batch: config.batch,
        steps: Math.min(config.steps, flags.stopAfter ?? config.steps),
        schedule: schedule(config.schedule, config.steps),
        logEvery: config.logEvery,
        validateEvery: config.validateEvery,
        checkpointEvery: config.checkpointEvery,
        patience: config.patience || undefined,
        signal: abort.signal,
      },
      hooks(out, session, config),
      resumed?.state ?? freshState(),
    );
    process.stderr.write(
      `done: ${state.step} steps, best ${(100 * state.best).toFixed(2)} % at step ${state.bestStep}\n`,
    );
    return 0;
  } catch (error) {
    if ((error as { code?: string }).code !== 'ABORTED') throw error;
    process.stderr.write(`${(error as Error).message}; go on with --resume\n`);
    return 130;
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
    await Promise.all(streams.map((s) => s.close()));
    session.dispose();
    device.dispose();
  }
}

function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new FormatError(`${path}: cannot be read`, { hint: 'Check the path.', cause });
  }
}

function readCheckpoint(path: string) {
  if (!existsSync(path))
    throw new ArgumentError(`train: there is no checkpoint ${path} to resume from`, {
      hint: 'Leave --resume out to start.',
    });
  return decodeCheckpoint(readBytes(path), path);
}

async function trainingSource(
  flags: TrainFlags,
  config: RunConfig,
  session: Session,
  streams: { close(): Promise<void> }[],
): Promise<BatchSource> {
  if (flags.data) {
    const steps = session.model.timeSteps(config.width) - config.skip;
    const set = await openSource(flags.data, config, session.alphabet, steps, { split: 'train', strict: flags.strict });
    streams.push(set);
    reportSkipped(flags.data, set.skipped, { err: (text) => process.stderr.write(text) });
    process.stderr.write(`${flags.data}: ${set.images} images, ${set.skipped.length} rows skipped\n`);
    return set.source;
  }
  const stream = new SynthStream({
    seed: config.seed,
    width: config.width,
    height: config.height,
    alphabet: config.alphabet,
    workers: flags.workers,
  });
  streams.push(stream);
  return stream;
}

/** Generated words in fonts that training never sees, and the list of --val. */
async function validationSets(
  flags: TrainFlags,
  config: RunConfig,
  session: Session,
  streams: { close(): Promise<void> }[],
): Promise<Record<string, LabelledImages>> {
  const stream = new SynthStream({
    seed: config.seed + 1_000_000,
    width: config.width,
    height: config.height,
    alphabet: config.alphabet,
    fonts: 'holdout',
    workers: 1,
    aheadBatches: 1,
  });
  streams.push(stream);
  const sets: Record<string, LabelledImages> = { generated: await stream.batch(0, config.validationWords) };
  await stream.close();
  if (flags.val) {
    const steps = session.model.timeSteps(config.width) - config.skip;
    sets.real = await loadSet(flags.val, config, session.alphabet, steps, { split: 'val', strict: flags.strict });
  }
  return sets;
}

function hooks(out: string, session: Session, config: RunConfig) {
  const log = join(out, 'log.jsonl');
  const line = (o: Record<string, unknown>) => appendFileSync(log, `${JSON.stringify(o)}\n`);
  const percent = (v: number) => `${(100 * v).toFixed(2)} %`;
  return {
    onLog(l: {
      step: number;
      losses: readonly number[];
      rate: number;
      imagesPerSecond: number;
      secondsLeft: number;
      idleShare: number;
    }) {
      line({ kind: 'train', ...l });
      const mean = l.losses.reduce((a, b) => a + b, 0) / l.losses.length;
      const left = new Date(1000 * Math.max(0, l.secondsLeft)).toISOString().slice(11, 19);
      process.stderr.write(
        `step ${l.step}/${config.steps}  loss ${mean.toFixed(4)}  lr ${l.rate.toExponential(2)}  ${l.imagesPerSecond.toFixed(1)} images/s  left ${left}  data wait ${percent(l.idleShare)}\n`,
      );
    },
    onValidation(v: {
      step: number;
      sets: Readonly<Record<string, { wordAccuracy: number; letterAccuracy: number }>>;
      best: boolean;
    }) {
      line({ kind: 'validation', ...v });
      const text = Object.entries(v.sets).map(
        ([n, s]) => `${n}: words ${percent(s.wordAccuracy)} letters ${percent(s.letterAccuracy)}`,
      );
      process.stderr.write(`validation at step ${v.step}: ${text.join('; ')}${v.best ? ' (best)' : ''}\n`);
    },
    async onCheckpoint(state: LoopState) {
      const c = await takeCheckpoint(
        session.model,
        session.optimizer,
        state,
        config as unknown as Record<string, unknown>,
      );
      writeAtomically(join(out, 'last.ckpt.safetensors'), encodeCheckpoint(c));
    },
    async onBest(state: LoopState) {
      const tensors = await session.model.state();
      writeAtomically(
        join(out, 'best.safetensors'),
        writeSafetensors({
          tensors,
          metadata: { architecture: config.model, config: JSON.stringify(config), step: String(state.step) },
        }),
      );
    },
  };
}
