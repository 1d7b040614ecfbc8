import { AbortedError, type Device } from '../gpu/index.ts';
import type { Recognizable } from '../nn/index.ts';
import { type Evaluator, type LabelledImages, meanLoss, type ScoredReading } from './evaluate.ts';
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
  /** By which of its scores; default 'wordAccuracy'. */
  metric?: 'wordAccuracy' | 'loss';
  /** Stops after this step with a checkpoint, as an interruption would. */
  stopAfter?: number;
  signal?: AbortSignal;
}

/** Seconds of a run by what they went into. */
export interface Spent {
  /** Waiting for images. */
  data: number;
  /** The first step of each start: building it and compiling its kernels. */
  first: number;
  /** All other steps. */
  steps: number;
  validation: number;
  checkpoints: number;
}

/** Where a run stands: what a checkpoint holds beside weights and optimiser state. */
export interface LoopState {
  /** Steps done. */
  step: number;
  /** The judged score of the best validation so far; means nothing while `bestStep` is 0. */
  best: number;
  bestStep: number;
  sinceBest: number;
  /** The step that was validated last: a run that was interrupted before a validation makes up for it. */
  validated: number;
  spent: Spent;
}

export interface LogLine {
  readonly step: number;
  /** Loss of each step since the last line. */
  readonly losses: readonly number[];
  /** Learning rate of the last of them. */
  readonly rate: number;
  readonly imagesPerSecond: number;
  readonly secondsLeft: number;
  /** Share of the time spent waiting for data. */
  readonly idleShare: number;
  /** Seconds of the whole run so far. */
  readonly spent: Spent;
}

export interface SetScores extends Scores {
  /** Mean CTC loss. */
  readonly loss: number;
}

export interface Validation {
  readonly step: number;
  readonly sets: Readonly<Record<string, SetScores>>;
  /** Every reading, by set, in the set's order. */
  readonly readings: Readonly<Record<string, readonly ScoredReading[]>>;
  readonly best: boolean;
}

export interface LoopHooks {
  onLog?(line: LogLine): void;
  onValidation?(v: Validation): void | Promise<void>;
  /** Called at checkpoints and at the end, with the state to write. */
  onCheckpoint?(state: LoopState): Promise<void>;
  /** Called when a validation is the best so far, while the model holds the weights that gave it. */
  onBest?(state: LoopState): Promise<void>;
  /** Called at the end where other weights than the last were best: puts them back. */
  restoreBest?(state: LoopState): Promise<void>;
}

export interface LoopParts {
  readonly device: Device;
  readonly model: Recognizable;
  readonly trainer: Trainer;
  readonly evaluator: Evaluator;
  readonly source: BatchSource;
  /** Runs a validation with the weights that are judged, where these are others than the trained ones (their average). */
  judged?<T>(work: () => Promise<T>): Promise<T>;
  /** Validation sets by name. */
  readonly validation: Readonly<Record<string, LabelledImages>>;
}

/** A run that has not begun. */
export function freshState(): LoopState {
  return {
    step: 0,
    best: -1,
    bestStep: 0,
    sinceBest: 0,
    validated: 0,
    spent: { data: 0, first: 0, steps: 0, validation: 0, checkpoints: 0 },
  };
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
  return new Loop(parts, options, hooks, from).run();
}

class Loop {
  private readonly state: LoopState;
  private next: Promise<LabelledImages> | undefined;
  private firstDone = false;
  /** Of the steps since the last log line. */
  private since = { step: 0, waited: 0, busy: 0 };

  constructor(
    private readonly parts: LoopParts,
    private readonly options: LoopOptions,
    private readonly hooks: LoopHooks,
    from: LoopState,
  ) {
    this.state = { ...from, spent: { ...from.spent } };
    this.since.step = from.step;
  }

  async run(): Promise<LoopState> {
    const { state, options } = this;
    if (this.validationDue() && state.validated !== state.step) {
      await this.validate();
      await this.checkpoint();
      if (this.aborted()) throw this.stopped();
    }
    while (state.step < options.steps && !this.exhausted()) {
      await this.step();
      const last = state.step === options.steps;
      const due = this.validationDue();
      const periodic = state.step % options.checkpointEvery === 0;
      const stopping = state.step === options.stopAfter;
      if (state.step % options.logEvery === 0 || due || periodic || last || stopping || this.aborted())
        await this.log();
      if (due && !this.aborted()) await this.validate();
      if (periodic || last || stopping || this.exhausted() || this.aborted()) await this.checkpoint();
      if (this.aborted()) throw this.stopped();
      if (stopping && !last) return state;
    }
    if (state.bestStep > 0 && state.bestStep !== state.step) await this.hooks.restoreBest?.({ ...state });
    return state;
  }

  private stopped(): AbortedError {
    return new AbortedError(`train: stopped at step ${this.state.step}; the checkpoint is written`);
  }

  private aborted(): boolean {
    return this.options.signal?.aborted ?? false;
  }

  private validationDue(): boolean {
    const { step } = this.state;
    return step > 0 && (step % this.options.validateEvery === 0 || step === this.options.steps);
  }

  /** Whether the patience has run out. */
  private exhausted(): boolean {
    return this.options.patience !== undefined && this.state.sinceBest >= this.options.patience;
  }

  private async step(): Promise<void> {
    const { state, options } = this;
    const { source, trainer } = this.parts;
    const begin = performance.now();
    this.next ??= source.batch(state.step * options.batch, options.batch);
    const batch = await this.next;
    const arrived = performance.now();
    this.next = undefined;
    if (state.step + 1 < options.steps) {
      this.next = source.batch((state.step + 1) * options.batch, options.batch);
      this.next.catch(() => undefined);
    }
    await trainer.step(state.step, batch, options.schedule(state.step));
    state.step++;
    const end = performance.now();
    this.count('data', arrived - begin);
    this.count(this.firstDone ? 'steps' : 'first', end - arrived);
    this.firstDone = true;
    this.since.waited += arrived - begin;
    this.since.busy += end - begin;
  }

  private count(what: keyof Spent, ms: number): void {
    this.state.spent[what] += ms / 1000;
  }

  private async log(): Promise<void> {
    const { state, options, since } = this;
    const begin = performance.now();
    const losses = await this.parts.trainer.readLosses(state.step - 1);
    // Reading the losses waits for the steps that are still under way.
    const rest = performance.now() - begin;
    this.count('steps', rest);
    const seconds = (since.busy + rest) / 1000;
    const done = state.step - since.step;
    this.hooks.onLog?.({
      step: state.step,
      losses,
      rate: options.schedule(state.step - 1),
      imagesPerSecond: (done * options.batch) / seconds,
      secondsLeft: ((options.steps - state.step) * seconds) / Math.max(1, done),
      idleShare: since.waited / 1000 / seconds,
      spent: { ...state.spent },
    });
    this.since = { step: state.step, waited: 0, busy: 0 };
  }

  private async checkpoint(): Promise<void> {
    const begin = performance.now();
    await this.hooks.onCheckpoint?.({ ...this.state, spent: { ...this.state.spent } });
    this.count('checkpoints', performance.now() - begin);
  }

  private async validate(): Promise<void> {
    const { judged } = this.parts;
    await (judged ? judged(() => this.judge()) : this.judge());
  }

  private async judge(): Promise<void> {
    const { state, options, parts } = this;
    const begin = performance.now();
    const sets: Record<string, SetScores> = {};
    const readings: Record<string, ScoredReading[]> = {};
    for (const [name, set] of Object.entries(parts.validation)) {
      readings[name] = await parts.evaluator.pairs(set, options.signal);
      // What an interrupt left undone is validated by the run that goes on.
      if (this.aborted()) return;
      sets[name] = { ...scores(readings[name]), loss: meanLoss(readings[name]) };
    }
    const judged: SetScores | undefined = sets[options.judge ?? Object.keys(sets)[0] ?? ''];
    const metric = options.metric ?? 'wordAccuracy';
    const score = judged?.[metric] ?? 0;
    const better = metric === 'loss' ? score < state.best : score > state.best;
    const best = state.bestStep === 0 || !Number.isFinite(state.best) || better;
    if (best) {
      state.best = score;
      state.bestStep = state.step;
      state.sinceBest = 0;
    } else state.sinceBest++;
    state.validated = state.step;
    await this.hooks.onValidation?.({ step: state.step, sets, readings, best });
    if (best) await this.hooks.onBest?.({ ...state });
    this.count('validation', performance.now() - begin);
  }
}
