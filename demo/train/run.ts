import type { Device } from '../../src/engine.ts';
import { type ModelFile, type ModelInfo, packModel, readModel } from '../../src/index.ts';
import { Alphabet } from '../../src/nn/index.ts';
import { decodeCheckpoint, encodeCheckpoint } from '../../src/train/index.ts';
import { forget, keep, kept } from '../store.ts';
import { knownSamples } from './draw.ts';
import { type BestSoFar, FineTune, type Look, type Sample, type TuneSettings } from './finetune.ts';

/** What a run begins with; kept once, for the page may be reloaded. */
interface RunStart {
  readonly base: Uint8Array<ArrayBuffer>;
  readonly training: readonly Sample[];
  readonly held: readonly Sample[];
  readonly settings: TuneSettings;
}

/** How far it is; kept again at each checkpoint. */
interface RunState {
  readonly checkpoint: Uint8Array<ArrayBuffer>;
  readonly best: BestSoFar;
  readonly history: History;
}

/** What the curves show. */
export interface History {
  readonly losses: [step: number, loss: number][];
  readonly looks: Look[];
}

/** Different known words that are mixed in. */
const KNOWN_WORDS = 240;
const START = 'start';
const STATE = 'state';

export interface RunHooks {
  onStep(history: History, secondsLeft: number, imagesPerSecond: number): void;
  onLook(history: History): void;
  /** Keeping failed: the run goes on, a reload would lose it. */
  onKeepFailed(error: unknown): void;
}

/** A fine-tuning run of this page, which a reload does not end. */
export class Run {
  readonly history: History = { losses: [], looks: [] };
  private readonly stopper = new AbortController();
  private keeping = true;

  private constructor(
    private readonly start: RunStart,
    private readonly model: ModelFile,
    private readonly state?: RunState,
  ) {
    if (state) this.history = { losses: [...state.history.losses], looks: [...state.history.looks] };
  }

  /** A new run. @throws FormatError, LexelError when the base is no model */
  static async begin(start: RunStart): Promise<Run> {
    await forget('runs', STATE).catch(() => undefined);
    return new Run(start, await readModel(start.base, 'model'));
  }

  /** The run that a reload interrupted, if there is one. */
  static async interrupted(): Promise<Run | undefined> {
    const [start, state] = await Promise.all([kept<RunStart>('runs', START), kept<RunState>('runs', STATE)]);
    if (!start || !state) return undefined;
    return new Run(start, await readModel(start.base, 'model'), state);
  }

  static async discard(): Promise<void> {
    await Promise.all([forget('runs', START), forget('runs', STATE)]);
  }

  get settings(): TuneSettings {
    return this.start.settings;
  }

  get held(): readonly Sample[] {
    return this.start.held;
  }

  get training(): readonly Sample[] {
    return this.start.training;
  }

  /** Steps done. */
  get step(): number {
    return this.history.losses.at(-1)?.[0] ?? 0;
  }

  /** Ends the run after the step under way. */
  stop(): void {
    this.stopper.abort();
  }

  /**
   * Trains to the end, or until `stop`.
   * @returns the weights that read the held-out pictures best
   * @throws NonFiniteError, DeviceLostError, OutOfMemoryError
   */
  async go(device: Device, hooks: RunHooks): Promise<BestSoFar> {
    const { start, history, state } = this;
    if (!state) await this.keep(START, start, hooks);
    const tune = new FineTune(device, this.model, start.training, start.held, start.settings, this.knownWords());
    try {
      if (state) {
        const checkpoint = decodeCheckpoint(state.checkpoint, 'checkpoint');
        // Steps behind the checkpoint are taken again.
        history.losses.splice(0, history.losses.length, ...history.losses.filter(([s]) => s <= checkpoint.state.step));
        tune.restore(checkpoint, state.best);
      }
      return await tune.run(
        {
          onStep: (step, loss, imagesPerSecond, secondsLeft) => {
            history.losses.push([step, loss]);
            hooks.onStep(history, secondsLeft, imagesPerSecond);
          },
          onLook: (look) => {
            history.looks.push(look);
            hooks.onLook(history);
          },
          onCheckpoint: (checkpoint, best) =>
            this.keep(STATE, { checkpoint: encodeCheckpoint(checkpoint), best, history } satisfies RunState, hooks),
        },
        this.stopper.signal,
      );
    } finally {
      // What the GPU still does with the run's tensors comes first.
      await device.finish().catch(() => undefined);
      tune.dispose();
      await device.trim().catch(() => undefined);
    }
  }

  /** A model file of these weights. */
  pack(device: Device, { weights, wordAccuracy }: BestSoFar, name: string): Promise<Uint8Array<ArrayBuffer>> {
    const scores = { [`${this.held.length} held-out pictures of this run`]: wordAccuracy };
    const info: ModelInfo = { ...this.model.info, name, scores };
    return packModel(device, info, weights);
  }

  /** Words to mix in, drawn again alike after a reload; those that this model can spell. */
  private knownWords(): Sample[] {
    const alphabet = new Alphabet(this.model.info.alphabet);
    return knownSamples(KNOWN_WORDS, this.settings.seed)
      .map(({ image, label }) => ({ image, label: alphabet.normalise(label) }))
      .filter(({ label }) => alphabet.spell(label) !== undefined);
  }

  private async keep(key: string, value: RunStart | RunState, hooks: RunHooks): Promise<void> {
    if (!this.keeping) return;
    try {
      await keep('runs', key, value);
    } catch (error) {
      this.keeping = false;
      hooks.onKeepFailed(error);
    }
  }
}

/** Takes every n-th picture out, in the order they came: words that stand together stay in both parts. */
export function split(samples: readonly Sample[], share: number): { training: Sample[]; held: Sample[] } {
  const every = Math.max(2, Math.round(1 / share));
  const held = samples.filter((_, i) => i % every === every - 1);
  return { training: samples.filter((_, i) => i % every !== every - 1), held };
}
