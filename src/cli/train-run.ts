import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ArgumentError, Device, startProfile } from '../gpu/index.ts';
import { applySavedTuning } from '../kernels/index.ts';
import { Alphabet, readSafetensors, transferAlphabet, transferLayers, widenRecurrent } from '../nn/index.ts';
import {
  type ConfigChanges,
  createSession,
  freshState,
  type LoopState,
  type OptimizerConfig,
  type RunConfig,
  restoreCheckpoint,
  runConfig,
  runLoop,
  type Session,
  savedConfig,
  schedule,
  withSteps,
} from '../train/index.ts';
import { readConfig } from './config-file.ts';
import type { Io } from './io.ts';
import type { ExitCode } from './report.ts';
import { RunFolder } from './run-folder.ts';
import { listsOf, openData } from './train-data.ts';
import { runHooks } from './train-hooks.ts';
import { profileRun } from './train-profile.ts';
import { writeRunReport } from './train-report.ts';
import { ownWeights, readWeights } from './weights.ts';

export interface TrainFlags {
  config: string;
  out?: string;
  data?: string;
  val?: string;
  epochs?: number;
  steps?: number;
  batch?: number;
  alphabet?: string;
  optimizer?: OptimizerConfig['kind'];
  seed?: number;
  peak?: number;
  patience?: number;
  stopAfter?: number;
  resume?: boolean;
  initFrom?: string;
  workers?: number;
  fontFolder?: string;
  words?: string;
  digitShare?: number;
  validateEvery?: number;
  checkpointEvery?: number;
  validationWords?: number;
  printConfig?: boolean;
  profile?: boolean;
  strict?: boolean;
}

/** Paths are kept whole: a run goes on from wherever it is resumed. What a file gives in their place is left to the check of the configuration. */
const whole = (path: string | undefined) => (typeof path === 'string' && path !== '' ? resolve(path) : path);

/** The configuration that `--config` and the flags name. */
async function configOf(flags: TrainFlags): Promise<RunConfig> {
  const { base, changes } = await readConfig(flags.config);
  const { data, validation } = listsOf(whole(flags.data ?? changes.data), whole(flags.val ?? changes.validation));
  const initFrom = flags.initFrom ?? changes.initFrom;
  const flagged: ConfigChanges = {
    data,
    validation,
    // A name of a model that ships is no path.
    initFrom: initFrom !== undefined && existsSync(initFrom) ? resolve(initFrom) : initFrom,
    fontFolder: whole(flags.fontFolder ?? changes.fontFolder),
    words: whole(flags.words ?? changes.words),
    digitShare: flags.digitShare,
    batch: flags.batch,
    alphabet: flags.alphabet,
    seed: flags.seed,
    patience: flags.patience,
    validateEvery: flags.validateEvery,
    checkpointEvery: flags.checkpointEvery,
    validationWords: flags.validationWords,
  };
  const given = Object.fromEntries(Object.entries(flagged).filter(([, v]) => v !== undefined)) as ConfigChanges;
  const config = runConfig(base, {
    ...changes,
    ...given,
    optimizer: { ...changes.optimizer, ...(flags.optimizer && { kind: flags.optimizer }) },
    schedule: { ...changes.schedule, ...(flags.peak && { peak: flags.peak }) },
    ...(flags.epochs && { epochs: { ...changes.epochs, count: flags.epochs } }),
  });
  return countedIn(config, flags);
}

/** `--steps` counts a run in steps, whatever its configuration says of passes. */
function countedIn(config: RunConfig, flags: TrainFlags): RunConfig {
  if (flags.steps === undefined || flags.epochs !== undefined) return config;
  return { ...config, steps: flags.steps, epochs: undefined };
}

/** The passes of a run in steps, now that its data is known; the two intervals may have been given in steps. */
function inSteps(config: RunConfig, images: number | undefined, flags: TrainFlags): RunConfig {
  if (!config.epochs) return config;
  const passes = withSteps(config, images ?? config.epochs.images);
  return {
    ...passes,
    validateEvery: flags.validateEvery ?? passes.validateEvery,
    checkpointEvery: flags.checkpointEvery ?? passes.checkpointEvery,
  };
}

interface Start {
  readonly config: RunConfig;
  readonly state: LoopState;
  /** Puts weights and moments where the run begins. */
  restore(session: Session): Promise<void>;
}

async function startOf(folder: RunFolder, flags: TrainFlags, io: Io): Promise<Start & { resumed: boolean }> {
  if (!flags.resume) {
    if (folder.begun)
      throw new ArgumentError(`train: ${folder.path} holds a run already`, { hint: 'Use --resume, or another --out.' });
    const config = await configOf(flags);
    return { config, state: freshState(), resumed: false, restore: (s) => initialise(s, config, io) };
  }
  const checkpoint = folder.readCheckpoint();
  const saved = checkpoint ? savedConfig(checkpoint.config) : folder.readConfig();
  // A longer or shorter tail: the schedule is stretched from here on, so this resume is not bit-exact.
  const steps = flags.steps ?? saved.steps;
  const moved = listsOf(whole(flags.data), whole(flags.val));
  const config = {
    ...saved,
    steps,
    data: moved.data ?? saved.data,
    validation: moved.validation ?? saved.validation,
    fontFolder: whole(flags.fontFolder) ?? saved.fontFolder,
    words: whole(flags.words) ?? saved.words,
    digitShare: flags.digitShare ?? saved.digitShare,
  };
  if (!checkpoint) return { config, state: freshState(), resumed: true, restore: (s) => initialise(s, config, io) };
  const restore = async (session: Session) => restoreCheckpoint(checkpoint, session.model, session.optimizer);
  return { config, state: checkpoint.state, resumed: true, restore };
}

/** Weights of `initFrom`: what fits where the file is of another model; rows of the output layer go by their letters where the alphabets differ. */
async function initialise(session: Session, config: RunConfig, io: Io): Promise<void> {
  if (config.initFrom === undefined) return;
  const given = await readWeights(config.initFrom);
  const weights = widenRecurrent(ownWeights(given, session.model), await session.model.state());
  const { alphabet: old, architecture } = given.info ?? {};
  if (architecture !== undefined && architecture !== config.model) {
    const layers = transferLayers(weights, await session.model.state());
    session.model.load(layers.weights);
    io.err(
      `weights: ${given.name}, of another model (${architecture}): ${layers.taken.length} of ${layers.taken.length + layers.fresh.length} tensors taken over; fresh: ${layers.fresh.join(', ')}\n`,
    );
    return;
  }
  if (old === undefined || old === config.alphabet) {
    session.model.load(weights);
    io.err(`weights: ${given.name}\n`);
    return;
  }
  const moved = transferAlphabet(weights, new Alphabet(old), session.alphabet, await session.model.state());
  session.model.load(moved.weights);
  io.err(
    `weights: ${given.name}; ${moved.kept.length} letters keep their rows, ${moved.fresh.length} start fresh${moved.fresh.length > 0 ? `: ${moved.fresh.join('')}` : ''}\n`,
  );
}

/** Runs `lexel train`. @throws LexelError */
export async function train(flags: TrainFlags, io: Io): Promise<ExitCode> {
  if (flags.printConfig) {
    io.out(`${JSON.stringify(await configOf(flags), null, 2)}\n`);
    return 0;
  }
  const folder = new RunFolder(
    flags.out ?? join('runs', (await readConfig(flags.config)).changes.name ?? nameOf(flags)),
  );
  const start = await startOf(folder, flags, io);
  await using device = await Device.create();
  await applySavedTuning(device);
  if (flags.profile) startProfile(device);
  const session = createSession(device, start.config);
  const abort = new AbortController();
  const onSignal = () => abort.abort();
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  try {
    await start.restore(session);
    const data = await openData(start.config, session, flags, io);
    try {
      // A run that goes on keeps the steps that it was saved with.
      const config = start.resumed ? start.config : inSteps(start.config, data.images, flags);
      return await run({ device, session, folder, config, state: start.state, data, flags, signal: abort.signal, io });
    } finally {
      await data.close();
    }
  } catch (error) {
    if ((error as { code?: string }).code !== 'ABORTED') throw error;
    io.err(`${(error as Error).message}; go on with --resume\n`);
    return 130;
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
    session.dispose();
  }
}

/** `runs/NAME` for a named configuration; a file without a name gives its own. */
function nameOf(flags: TrainFlags): string {
  return flags.config.replace(/^.*[\\/]/, '').replace(/\.[a-z]+$/, '');
}

interface Run {
  readonly device: Device;
  readonly session: Session;
  readonly folder: RunFolder;
  readonly config: RunConfig;
  readonly state: LoopState;
  readonly data: Awaited<ReturnType<typeof openData>>;
  readonly flags: TrainFlags;
  readonly signal: AbortSignal;
  readonly io: Io;
}

async function run({ device, session, folder, config, state, data, flags, signal, io }: Run): Promise<ExitCode> {
  const { model, trainer, evaluator } = session;
  folder.open(config, state);
  io.err(`${JSON.stringify(config, null, 2)}\n`);
  io.err(`adapter: ${device.adapter.description}\n`);
  io.err(`${config.model}: ${model.parameterCount().toLocaleString('en')} parameters\n`);
  if (state.step > 0) io.err(`goes on after step ${state.step}\n`);
  folder.append({
    kind: 'start',
    time: new Date().toISOString(),
    step: state.step,
    adapter: device.adapter.description,
    parameters: model.parameterCount(),
  });
  const hooks = runHooks({ session, folder, config, data, io });
  const profile = profileRun(device, state.spent, io);
  // From here on a killed run has something to go on from.
  if (state.step === 0) await hooks.onCheckpoint(state);
  try {
    const end = await runLoop(
      {
        device,
        model,
        trainer,
        evaluator,
        source: data.source,
        validation: data.validation,
        judged: (work) => session.optimizer.withAverage(work),
      },
      {
        batch: config.batch,
        steps: config.steps,
        schedule: schedule(config.schedule, config.steps),
        logEvery: config.logEvery,
        validateEvery: config.validateEvery,
        checkpointEvery: config.checkpointEvery,
        patience: config.patience || undefined,
        metric: config.judge,
        stopAfter: flags.stopAfter,
        signal,
      },
      {
        ...hooks,
        onLog(line) {
          hooks.onLog(line);
          profile.onLog(line);
        },
        async restoreBest(s) {
          model.load(readSafetensors(readFileSync(folder.best), folder.best).tensors);
          io.err(`the weights of step ${s.bestStep} are back\n`);
        },
      },
      state,
    );
    const stopped = end.step < config.steps && end.step === flags.stopAfter;
    if (stopped) io.err(`stopped after step ${end.step}; go on with --resume\n`);
    else {
      const why = end.step < config.steps ? 'patience' : 'steps';
      folder.append({ kind: 'end', step: end.step, best: end.best, bestStep: end.bestStep, why, spent: end.spent });
      const best = config.judge === 'loss' ? `loss ${end.best.toFixed(4)}` : `${(100 * end.best).toFixed(2)} %`;
      io.err(
        `done: ${end.step} steps${why === 'patience' ? ' (patience)' : ''}, best ${best} at step ${end.bestStep}\n`,
      );
    }
    return 0;
  } finally {
    await profile.report();
    writeRunReport(folder, config);
    io.err(`${folder.report}\n`);
  }
}
