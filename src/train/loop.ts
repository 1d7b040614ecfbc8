import { AbortedError, type Device } from '../gpu/index.ts';
import type { Recognizable } from '../nn/index.ts';
import type { Evaluator, LabelledImages } from './evaluate.ts';
import { type Scores, scores } from './metrics.ts';
import type { Schedule } from './schedules.ts';
import type { Trainer } from './trainer.ts';

/** Where batches come from: random access by sample number makes a resumed run see what it would have seen. */
export interface BatchSource {
  batch(start: number, count: number): Promise<LabelledImages>;
}

export interface LoopOptions {
  batch: number;
  /** Optimiser steps of the whole run. */
  steps: number;
  schedule: Schedule;
  /** Steps between log lines; at most the trainer's history. */
  logEvery: number;
  /** Steps between validations. */
  validateEvery: number;
  /** Steps between checkpoints. */
  checkpointEvery: number;
  /** Validations without a better score before the run ends; default: never. */
  patience?: number;
  /** Which validation set decides what is best; default the first. */
  judge?: string;
  signal?: AbortSignal;
}

/** Where a run stands: what a checkpoint holds beside weights and optimiser state. */
export interface LoopState {
  /** Steps done. */
  step: number;
  best: number;
  bestStep: number;
  sinceBest: number;
  /** Seconds of training so far. */
  seconds: number;
}

export interface LogLine {
  readonly step: number;
  readonly losses: readonly number[];
  readonly rate: number;
  readonly imagesPerSecond: number;
  readonly secondsLeft: number;
  /** Share of the time spent waiting for data. */
  readonly idleShare: number;
}

export interface Validation {
  readonly step: number;
  readonly sets: Readonly<Record<string, Scores>>;
  readonly best: boolean;
}

export interface LoopHooks {
  onLog?(line: LogLine): void;
  onValidation?(v: Validation): void | Promise<void>;
  /** Called at checkpoints and at the end, with the state to write. */
  onCheckpoint?(state: LoopState): Promise<void>;
  /** Called when a validation is the best so far. */
  onBest?(state: LoopState): Promise<void>;
}

export interface LoopParts {
  readonly device: Device;
  readonly model: Recognizable;
  readonly trainer: Trainer;
  readonly evaluator: Evaluator;
  readonly source: BatchSource;
  /** Validation sets by name. */
  readonly validation: Readonly<Record<string, LabelledImages>>;
}

/** A run that has not begun. */
export function freshState(): LoopState {
  return { step: 0, best: -1, bestStep: 0, sinceBest: 0, seconds: 0 };
}

/**
 * Trains from `state` to the end of the run, the patience or the signal; returns the last state.
 * An abort finishes the step under way, writes a checkpoint and throws.
 * @throws AbortedError, NonFiniteError
 */
export async function runLoop(
  parts: LoopParts,
  options: LoopOptions,
  hooks: LoopHooks = {},
  from: LoopState = freshState(),
): Promise<LoopState> {
  const { trainer, source } = parts;
  const state = { ...from };
  let next = source.batch(state.step * options.batch, options.batch);
  let mark = performance.now();
  let waited = 0;
  let logged = state.step;
  const spent = state.seconds;
  const begin = performance.now();
  let paused = 0;

  while (state.step < options.steps) {
    const before = performance.now();
    const batch = await next;
    waited += performance.now() - before;
    if (state.step + 1 < options.steps) {
      next = source.batch((state.step + 1) * options.batch, options.batch);
      next.catch(() => undefined);
    }
    const rate = options.schedule(state.step);
    await trainer.step(state.step, batch, rate);
    state.step++;
    state.seconds = spent + (performance.now() - begin - paused) / 1000;
    const last = state.step === options.steps;
    const aborted = options.signal?.aborted ?? false;
    const validate = state.step % options.validateEvery === 0 || last;
    const checkpoint = state.step % options.checkpointEvery === 0 || last || aborted;
    if (state.step % options.logEvery === 0 || validate || checkpoint) {
      const losses = await trainer.readLosses(state.step - 1);
      const now = performance.now();
      const seconds = (now - mark) / 1000;
      const done = state.step - logged;
      hooks.onLog?.({
        step: state.step,
        losses,
        rate,
        imagesPerSecond: (done * options.batch) / seconds,
        secondsLeft: ((options.steps - state.step) * seconds) / Math.max(1, done),
        idleShare: waited / 1000 / seconds,
      });
      mark = now;
      logged = state.step;
      waited = 0;
    }
    if (validate || checkpoint) {
      const stop = performance.now();
      if (validate && !aborted) await runValidation(parts, options, hooks, state);
      if (checkpoint) await hooks.onCheckpoint?.({ ...state });
      paused += performance.now() - stop;
      mark = performance.now();
    }
    if (aborted) throw new AbortedError(`train: stopped at step ${state.step}; the checkpoint is written`);
    if (options.patience !== undefined && state.sinceBest >= options.patience) break;
  }
  return state;
}

async function runValidation(
  parts: LoopParts,
  options: LoopOptions,
  hooks: LoopHooks,
  state: LoopState,
): Promise<void> {
  const sets: Record<string, Scores> = {};
  for (const [name, set] of Object.entries(parts.validation)) sets[name] = scores(await parts.evaluator.pairs(set));
  const judge = options.judge ?? Object.keys(sets)[0];
  const score = judge === undefined ? 0 : sets[judge].wordAccuracy;
  const best = score > state.best;
  if (best) {
    state.best = score;
    state.bestStep = state.step;
    state.sinceBest = 0;
  } else state.sinceBest++;
  await hooks.onValidation?.({ step: state.step, sets, best });
  if (best) await hooks.onBest?.({ ...state });
}
