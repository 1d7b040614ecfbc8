import { ctc, noGrad, slice, Tensor } from '../autograd/index.ts';
import { ArgumentError, type Device, type Replay } from '../gpu/index.ts';
import {
  type Alphabet,
  ctcRows,
  type Decoded,
  type DecodeOptions,
  decodeCtc,
  type InputNormalisation,
  meanLogits,
  type Recognizable,
  type View,
  viewsTaken,
} from '../nn/index.ts';
import { Batches, type Group } from './batches.ts';
import { stepsNeeded } from './data/labels.ts';

/** Images of one size with their labels; lines of text are padded on the right to the widest. */
export interface LabelledImages {
  /** [count, height, width], grey. */
  readonly images: Uint8Array;
  readonly labels: readonly string[];
  /** Columns of each image that are its own; absent: all of them. */
  readonly widths?: readonly number[];
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
  /** Of every image, or, of lines, of the widest. */
  width: number;
  /** Whether images are lines of text, of different widths. Default false. */
  lines?: boolean;
  alphabet: Alphabet;
  normalisation: InputNormalisation;
  /** Leading time steps that loss and decoding ignore; default 0. */
  skip?: number;
  /** How the network's output becomes text; default its best path. */
  decode?: DecodeOptions;
  /** How many views of each image are averaged, 1 to 4; default 1. Losses are those of the image as it is. */
  views?: number;
}

/** Mean CTC loss of readings; 0 for none. */
export function meanLoss(readings: readonly { loss: number }[]): number {
  return readings.reduce((sum, r) => sum + r.loss, 0) / Math.max(1, readings.length);
}

/** What the network is given and gives at one width. */
interface Recording {
  readonly replay: Replay<{ logits: Tensor; losses: Tensor }>;
  /** Symbols that the targets have room for: a label that can be aligned has at most as many as there are time steps. */
  readonly room: number;
  readonly targets: Tensor;
  readonly targetLengths: Tensor;
  readonly inputLengths: Tensor;
}

/** What the network gives for one view of a group. */
interface Output {
  readonly logits: Float32Array;
  readonly losses: Float32Array;
  readonly shape: readonly [number, number, number];
  readonly steps: readonly number[];
}

/** Reads batches with a model in evaluation mode; a step is recorded once a width and replayed. */
export class Evaluator {
  private readonly input: Batches;
  private readonly views: readonly View[];
  private readonly recordings = new Map<number, Recording>();

  constructor(
    private readonly device: Device,
    private readonly model: Recognizable,
    private readonly options: EvaluatorOptions,
  ) {
    this.input = new Batches(device, model, options);
    this.views = viewsTaken(options.views ?? 1, options.normalisation);
  }

  /** Reads every image; the texts come in order, with their confidence. */
  async read(images: Uint8Array, count: number, widths?: readonly number[]): Promise<ImageReading[]> {
    const set = { images, labels: new Array<string>(count).fill(''), widths };
    const out: ImageReading[] = new Array(count);
    await this.batches(set, undefined, (item, read) => {
      out[item] = { text: this.options.alphabet.decode(read.labels), confidence: read.confidence };
    });
    return out;
  }

  /**
   * Reads labelled images: pairs for `scores`, each with its CTC loss. Ends early, with what was read, where `signal` fires.
   * @throws ArgumentError when a label cannot be aligned.
   */
  async pairs(set: LabelledImages, signal?: AbortSignal): Promise<ScoredReading[]> {
    const { alphabet } = this.options;
    const out: (ScoredReading | undefined)[] = new Array(set.labels.length).fill(undefined);
    await this.batches(set, signal, (item, read, loss) => {
      const label = alphabet.normalise(set.labels[item]);
      out[item] = { text: alphabet.decode(read.labels), confidence: read.confidence, label, loss };
    });
    return out.filter((r) => r !== undefined);
  }

  dispose(): void {
    for (const { replay, targets, targetLengths, inputLengths } of this.recordings.values()) {
      replay.dispose();
      for (const t of [targets, targetLengths, inputLengths]) t.dispose();
    }
    this.input.dispose();
  }

  private async batches(
    set: LabelledImages,
    signal: AbortSignal | undefined,
    take: (item: number, read: Pick<Decoded, 'labels' | 'confidence'>, loss: number) => void,
  ): Promise<void> {
    const { alphabet, skip, decode } = this.options;
    for (const group of this.input.groups({ images: set.images, count: set.labels.length, widths: set.widths })) {
      if (signal?.aborted) return;
      const outputs: Output[] = [];
      for (const view of this.views) outputs.push(await this.run(set.labels, group, view));
      // The loss is of the image as it is.
      const [{ shape, steps, losses }] = outputs;
      const scores = outputs.length > 1 ? meanLogits(outputs.map((o) => o.logits)) : outputs[0].logits;
      group.items.forEach((item, i) => {
        const rows = ctcRows(scores, shape, i, skip, undefined, steps[i]);
        take(item, decodeCtc(rows, alphabet, decode), losses[i]);
      });
    }
  }

  /** One view of a group through the network. */
  private async run(labels: readonly string[], group: Group, view: View): Promise<Output> {
    const { width, steps } = this.input.fill(group, view);
    const recording = await this.recording(width);
    this.upload(labels, group, steps, recording);
    await recording.replay.run();
    const value = recording.replay.value;
    const [logits, losses] = (await Promise.all([value.logits.read(), value.losses.read()])) as Float32Array[];
    return { logits, losses, shape: value.logits.shape as [number, number, number], steps };
  }

  private upload(all: readonly string[], group: Group, steps: readonly number[], to: Recording): void {
    const { batch, alphabet } = this.options;
    const targets = new Int32Array(batch * to.room);
    const lengths = new Int32Array(batch);
    const heard = new Int32Array(batch).fill(to.room);
    group.items.forEach((item, i) => {
      const label = alphabet.encode(all[item]);
      if (stepsNeeded(label) > steps[i])
        throw new ArgumentError(
          `eval: label ${JSON.stringify(all[item])} needs ${stepsNeeded(label)} time steps, the model has ${steps[i]}`,
          { hint: 'Use wider images or leave such rows out.' },
        );
      targets.set(label, i * to.room);
      lengths[i] = label.length;
      heard[i] = steps[i];
    });
    to.targets.write(targets);
    to.targetLengths.write(lengths);
    to.inputLengths.write(heard);
  }

  private async recording(width: number): Promise<Recording> {
    const known = this.recordings.get(width);
    if (known) return known;
    const { alphabet, batch, skip = 0 } = this.options;
    const training = this.model.training;
    this.model.eval();
    const { x, padded } = this.input.input(width);
    const room = Math.max(1, this.model.timeSteps(width) - skip);
    const integers = (shape: number[]) => Tensor.zeros(this.device, shape, { dtype: 'i32' });
    const [targets, targetLengths, inputLengths] = [integers([batch, room]), integers([batch]), integers([batch])];
    const replay = await this.device.record(() =>
      noGrad(() => {
        const logits = this.model.forward(x, padded);
        const heard = skip > 0 ? slice(logits, 0, skip, logits.shape[0]) : logits;
        const options = { blank: alphabet.blank, reduction: 'none' } as const;
        return { logits, losses: ctc(heard, targets, inputLengths, targetLengths, options) };
      }),
    );
    this.model.train(training);
    const recording = { replay, room, targets, targetLengths, inputLengths };
    this.recordings.set(width, recording);
    return recording;
  }
}
