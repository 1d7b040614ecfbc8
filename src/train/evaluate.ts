import { ctc, noGrad, slice, Tensor } from '../autograd/index.ts';
import { ArgumentError, type Device, type Replay } from '../gpu/index.ts';
import { Alphabet, greedyDecode, type InputNormalisation, normaliseInto, type Recognizable } from '../nn/index.ts';

/** Images of one size with their labels. */
export interface LabelledImages {
  /** [count, height, width], grey. */
  readonly images: Uint8Array;
  readonly labels: readonly string[];
}

/** What was read in one image. */
export interface ImageReading {
  readonly text: string;
  readonly confidence: number;
}

/** A reading beside its label. */
export interface ScoredReading extends ImageReading {
  readonly label: string;
  /** CTC loss of the label. */
  readonly loss: number;
}

export interface EvaluatorOptions {
  batch: number;
  height: number;
  width: number;
  alphabet: Alphabet;
  normalisation: InputNormalisation;
  /** Leading time steps that loss and decoding ignore; default 0. */
  skip?: number;
}

/** Mean CTC loss of readings; 0 for none. */
export function meanLoss(readings: readonly { loss: number }[]): number {
  return readings.reduce((sum, r) => sum + r.loss, 0) / Math.max(1, readings.length);
}

/** Reads batches of one size with a model in evaluation mode; the step is recorded once and replayed. */
export class Evaluator {
  private replay: Replay<{ logits: Tensor; losses: Tensor }> | undefined;
  private readonly x: Tensor;
  private readonly host: Float32Array;
  private readonly targets: Tensor;
  private readonly targetLengths: Tensor;
  private readonly inputLengths: Tensor;
  private readonly steps: number;

  constructor(
    private readonly device: Device,
    private readonly model: Recognizable,
    private readonly options: EvaluatorOptions,
  ) {
    const { batch, height, width, skip = 0 } = options;
    this.host = new Float32Array(batch * height * width);
    this.x = Tensor.zeros(device, [batch, 1, height, width]);
    // A label that can be aligned has at most as many letters as there are time steps.
    this.steps = Math.max(1, model.timeSteps(width) - skip);
    this.targets = Tensor.zeros(device, [batch, this.steps], { dtype: 'i32' });
    this.targetLengths = Tensor.zeros(device, [batch], { dtype: 'i32' });
    this.inputLengths = Tensor.from(device, new Int32Array(batch).fill(this.steps), [batch]);
  }

  /** Reads every image; the texts come in order, with their confidence. */
  async read(images: Uint8Array, count: number): Promise<ImageReading[]> {
    const { alphabet, skip } = this.options;
    const out: ImageReading[] = [];
    await this.batches({ images, labels: new Array<string>(count).fill('') }, undefined, (logits, shape, _, n) => {
      for (let i = 0; i < n; i++) {
        const path = greedyDecode(logits, shape, i, alphabet.blank, skip);
        out.push({ text: alphabet.decode(path.classes), confidence: path.confidence });
      }
    });
    return out;
  }

  /**
   * Reads labelled images: pairs for `scores`, each with its CTC loss. Ends early, with what was read, where `signal` fires.
   * @throws ArgumentError when a label cannot be aligned.
   */
  async pairs(set: LabelledImages, signal?: AbortSignal): Promise<ScoredReading[]> {
    const { alphabet, skip } = this.options;
    const out: ScoredReading[] = [];
    await this.batches(set, signal, (logits, shape, losses, n) => {
      for (let i = 0; i < n; i++) {
        const path = greedyDecode(logits, shape, i, alphabet.blank, skip);
        const label = alphabet.normalise(set.labels[out.length]);
        out.push({ text: alphabet.decode(path.classes), confidence: path.confidence, label, loss: losses[i] });
      }
    });
    return out;
  }

  dispose(): void {
    this.replay?.dispose();
    for (const t of [this.x, this.targets, this.targetLengths, this.inputLengths]) t.dispose();
  }

  private async batches(
    set: LabelledImages,
    signal: AbortSignal | undefined,
    take: (logits: Float32Array, shape: [number, number, number], losses: Float32Array, n: number) => void,
  ): Promise<void> {
    const { batch } = this.options;
    const count = set.labels.length;
    this.replay ??= await this.record();
    for (let at = 0; at < count && !signal?.aborted; at += batch) {
      const n = Math.min(batch, count - at);
      this.upload(set, at, n);
      await this.replay.run();
      const { logits, losses } = this.replay.value;
      const [a, b] = (await Promise.all([logits.read(), losses.read()])) as [Float32Array, Float32Array];
      take(a, logits.shape as [number, number, number], b, n);
    }
  }

  private upload(set: LabelledImages, at: number, n: number): void {
    const { batch, height, width, alphabet, normalisation } = this.options;
    const each = height * width;
    this.host.fill(0);
    const targets = new Int32Array(batch * this.steps);
    const lengths = new Int32Array(batch);
    for (let i = 0; i < n; i++) {
      normaliseInto(set.images, (at + i) * each, each, this.host, i * each, normalisation);
      const label = alphabet.encode(set.labels[at + i]);
      if (Alphabet.stepsNeeded(label) > this.steps)
        throw new ArgumentError(
          `eval: label ${JSON.stringify(set.labels[at + i])} needs ${Alphabet.stepsNeeded(label)} time steps, the model has ${this.steps}`,
          { hint: 'Use wider images or leave such rows out.' },
        );
      targets.set(label, i * this.steps);
      lengths[i] = label.length;
    }
    this.x.write(this.host);
    this.targets.write(targets);
    this.targetLengths.write(lengths);
  }

  private async record(): Promise<Replay<{ logits: Tensor; losses: Tensor }>> {
    const { alphabet, skip = 0 } = this.options;
    const training = this.model.training;
    this.model.eval();
    const replay = await this.device.record(() =>
      noGrad(() => {
        const logits = this.model.forward(this.x);
        const heard = skip > 0 ? slice(logits, 0, skip, logits.shape[0]) : logits;
        const losses = ctc(heard, this.targets, this.inputLengths, this.targetLengths, {
          blank: alphabet.blank,
          reduction: 'none',
        });
        return { logits, losses };
      }),
    );
    this.model.train(training);
    return replay;
  }
}
