import type { Device } from '../../src/engine.ts';
import type { ModelFile } from '../../src/index.ts';
import { hiddenOf, Random, resizeGrey } from '../../src/nn/index.ts';
import {
  type BatchSource,
  type Checkpoint,
  createSession,
  Evaluator,
  freshState,
  type LabelledImages,
  type LoopState,
  type RunConfig,
  restoreCheckpoint,
  runConfig,
  runLoop,
  type ScoredReading,
  type Scores,
  type Session,
  schedule,
  scores,
  takeCheckpoint,
} from '../../src/train/index.ts';
import { augmentInto, type WorkImage, workImage } from './augment.ts';

/** A picture of one word and what it says. */
export interface Sample {
  readonly label: string;
  readonly image: { readonly width: number; readonly height: number; readonly grey: Uint8Array };
}

/** What a visitor chooses. */
export interface TuneSettings {
  readonly steps: number;
  readonly batch: number;
  /** Peak learning rate. */
  readonly rate: number;
  /** How far pictures are changed, 0 to 1.5. */
  readonly strength: number;
  /** Share of each step's pictures that are words the model knows, 0 to 0.9: they keep it from learning the visitor's words by heart. */
  readonly mix: number;
  /** Steps between two looks at the held-out pictures. */
  readonly validateEvery: number;
  readonly seed: number;
}

export type Weights = ModelFile['weights'];

/** One reading of a held-out picture. */
export interface Pair {
  readonly text: string;
  readonly label: string;
  readonly confidence: number;
}

/** How well the held-out pictures are read after some step. */
export interface Look {
  readonly step: number;
  readonly scores: Scores;
  readonly pairs: readonly Pair[];
  /** Whether no earlier look was better. */
  readonly best: boolean;
}

export interface TuneHooks {
  onStep?(step: number, loss: number, imagesPerSecond: number, secondsLeft: number): void;
  onLook?(look: Look): void;
  /** At checkpoints: everything that a resumed run needs. */
  onCheckpoint?(checkpoint: Checkpoint, best: BestSoFar): Promise<void>;
}

/** The weights that read the held-out pictures best. */
export interface BestSoFar {
  readonly step: number;
  readonly wordAccuracy: number;
  readonly cer: number;
  readonly weights: Weights;
}

/** Keeps what it read last: the loop asks for scores, the page shows the readings too. */
class WatchedEvaluator extends Evaluator {
  last: ScoredReading[] = [];
  override async pairs(set: LabelledImages, signal?: AbortSignal): Promise<ScoredReading[]> {
    this.last = await super.pairs(set, signal);
    return this.last;
  }
}

function configOf({ info, weights }: ModelFile, s: TuneSettings): RunConfig {
  return runConfig(info.architecture, {
    name: info.name,
    hidden: hiddenOf(weights),
    alphabet: info.alphabet,
    height: info.height,
    width: info.width,
    normalisation: info.normalisation,
    skip: info.skip,
    batch: s.batch,
    steps: s.steps,
    seed: s.seed,
    optimizer: { kind: 'adam', dialect: 'torch', weightDecay: 0, clipNorm: 5 },
    schedule: { kind: 'one-cycle', peak: s.rate, warmup: 0.15, final: 0.02 },
    invert: 0.5,
    logEvery: 1,
    validateEvery: s.validateEvery,
    checkpointEvery: s.validateEvery,
    patience: 0,
  });
}

/** Pictures at the network's size, as the evaluator reads them. */
function imagesOf(samples: readonly Sample[], { width, height }: RunConfig): LabelledImages {
  const images = new Uint8Array(samples.length * width * height);
  samples.forEach(({ image }, i) => {
    images.set(resizeGrey(image.grey, image.width, image.height, width, height), i * width * height);
  });
  return { images, labels: samples.map((s) => s.label) };
}

/** Batches without end: each round goes through all pictures in an order of its own, each time changed anew; known words fill up the batch. */
function sourceOf(
  samples: readonly Sample[],
  known: readonly Sample[],
  { width, height, seed }: RunConfig,
  { strength, mix = 0 }: TuneSettings,
): BatchSource {
  const work = (list: readonly Sample[]): WorkImage[] => list.map((s) => workImage(s.image, width, height));
  const ownWork = work(samples);
  const knownWork = work(known);
  const order = (round: number): number[] => {
    const random = new Random(seed * 7919 + round);
    const all = samples.map((_, i) => i);
    for (let i = all.length - 1; i > 0; i--) {
      const j = random.below(i + 1);
      [all[i], all[j]] = [all[j], all[i]];
    }
    return all;
  };
  return {
    async batch(start, count) {
      const images = new Uint8Array(count * width * height);
      const labels: string[] = [];
      const own = known.length > 0 ? Math.max(1, Math.round(count * (1 - mix))) : count;
      for (let i = 0; i < count; i++) {
        const random = new Random(seed * 104_729 + start + i);
        // Every step takes as many: what stands here depends on the place in the run alone, so a resumed run goes on with it.
        const n = Math.floor(start / count) * own + i;
        const mine = i < own;
        const which = mine ? order(Math.floor(n / samples.length))[n % samples.length] : random.below(known.length);
        const picture = mine ? ownWork[which] : knownWork[which];
        augmentInto(picture, images, i * width * height, random, { strength });
        labels.push((mine ? samples : known)[which].label);
      }
      return { images, labels };
    },
  };
}

/** Fine-tunes a model on a visitor's own pictures. */
export class FineTune {
  readonly config: RunConfig;
  private readonly session: Session;
  private readonly evaluator: WatchedEvaluator;
  private readonly held: LabelledImages;
  private best: BestSoFar | undefined;
  private state: LoopState = freshState();

  /**
   * @param held pictures that are never trained on: they decide which weights are best. At least one.
   * @param known words that the model reads, mixed in by `settings.mix`
   * @throws ArgumentError, FormatError when the weights do not fit the architecture.
   */
  constructor(
    private readonly device: Device,
    base: ModelFile,
    private readonly training: readonly Sample[],
    held: readonly Sample[],
    private readonly settings: TuneSettings,
    private readonly known: readonly Sample[] = [],
  ) {
    this.config = configOf(base, settings);
    this.session = createSession(device, this.config);
    const { model, alphabet } = this.session;
    model.load(base.weights);
    const { height, width, normalisation, skip } = this.config;
    const batch = Math.max(1, Math.min(16, held.length));
    this.evaluator = new WatchedEvaluator(device, model, { batch, height, width, alphabet, normalisation, skip });
    this.held = imagesOf(held, this.config);
  }

  /** Goes on from a checkpoint instead of the base model. */
  restore(checkpoint: Checkpoint, best: BestSoFar): void {
    restoreCheckpoint(checkpoint, this.session.model, this.session.optimizer);
    this.state = checkpoint.state;
    this.best = best;
  }

  /**
   * Trains until the last step or the signal, and returns the weights that read the held-out pictures best.
   * @throws NonFiniteError, DeviceLostError
   */
  async run(hooks: TuneHooks, signal?: AbortSignal): Promise<BestSoFar> {
    const { device, session, evaluator, settings } = this;
    const { model, optimizer, trainer } = session;
    if (!this.best) await this.look(0, hooks);
    try {
      this.state = await runLoop(
        {
          device,
          model,
          trainer,
          evaluator,
          source: sourceOf(this.training, this.known, this.config, settings),
          validation: { held: this.held },
        },
        {
          batch: settings.batch,
          steps: settings.steps,
          schedule: schedule(this.config.schedule, settings.steps),
          logEvery: 1,
          validateEvery: settings.validateEvery,
          checkpointEvery: settings.validateEvery,
          signal,
        },
        {
          onLog: ({ step, losses, imagesPerSecond, secondsLeft }) => {
            losses.forEach((loss, i) => {
              hooks.onStep?.(step - losses.length + i + 1, loss, imagesPerSecond, secondsLeft);
            });
          },
          onValidation: async ({ step, sets }) => {
            const best = await this.keepIfBest(step, sets.held);
            hooks.onLook?.({ step, scores: sets.held, pairs: evaluator.last, best });
          },
          onCheckpoint: async (state) => {
            const { best } = this;
            if (!best || !hooks.onCheckpoint) return;
            const config = { ...this.config } as Record<string, unknown>;
            await hooks.onCheckpoint(await takeCheckpoint(model, optimizer, state, config), best);
          },
        },
        this.state,
      );
    } catch (error) {
      if (!signal?.aborted) throw error;
    }
    if (!this.best) throw new Error('no weights were kept');
    return this.best;
  }

  /** Before the first step: what the model makes of the held-out pictures as it came. */
  private async look(step: number, hooks: TuneHooks): Promise<void> {
    const pairs = await this.evaluator.pairs(this.held);
    const all = scores(pairs);
    const best = await this.keepIfBest(step, all);
    hooks.onLook?.({ step, scores: all, pairs, best });
  }

  /** Words count first, letters next; of equals the later one has seen more. */
  private async keepIfBest(step: number, { wordAccuracy, cer }: Scores): Promise<boolean> {
    const { best } = this;
    const better = !best || wordAccuracy > best.wordAccuracy || (wordAccuracy === best.wordAccuracy && cer <= best.cer);
    if (better) this.best = { step, wordAccuracy, cer, weights: await this.session.model.state() };
    return better;
  }

  dispose(): void {
    this.evaluator.dispose();
    this.session.dispose();
  }
}
