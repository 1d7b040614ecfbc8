import { noGrad, type Tensor } from '../autograd/index.ts';
import type { Device, Replay } from '../gpu/index.ts';
import { type Alphabet, greedyDecode, type InputNormalisation, type Recognizable } from '../nn/index.ts';
import { Batches } from './batches.ts';

/** Images of one size with their labels; lines of text are padded on the right to the widest. */
export interface LabelledImages {
  /** [count, height, width], grey. */
  readonly images: Uint8Array;
  readonly labels: readonly string[];
  /** Columns of each image that are its own; absent: all of them. */
  readonly widths?: readonly number[];
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
  /** Leading time steps that decoding ignores; default 0. */
  skip?: number;
}

/** Reads batches with a model in evaluation mode; a step is recorded once a width and replayed. */
export class Evaluator {
  private readonly batches: Batches;
  private readonly replays = new Map<number, Replay<Tensor>>();

  constructor(
    private readonly device: Device,
    private readonly model: Recognizable,
    private readonly options: EvaluatorOptions,
  ) {
    this.batches = new Batches(device, model, options);
  }

  /** Reads every image; the texts come in order, with their confidence. */
  async read(
    images: Uint8Array,
    count: number,
    widths?: readonly number[],
  ): Promise<{ text: string; confidence: number }[]> {
    const { alphabet, skip } = this.options;
    const out: { text: string; confidence: number }[] = new Array(count);
    for (const group of this.batches.groups({ images, count, widths })) {
      const batch = this.batches.fill(group);
      const replay = await this.replay(batch.width);
      await replay.run();
      const logits = (await replay.value.read()) as Float32Array;
      const shape = replay.value.shape as [number, number, number];
      group.items.forEach((item, i) => {
        const path = greedyDecode(logits, shape, i, alphabet.blank, skip, batch.steps[i]);
        out[item] = { text: alphabet.decode(path.classes), confidence: path.confidence };
      });
    }
    return out;
  }

  /** Reads labelled images: pairs for `scores`. */
  async pairs(set: LabelledImages): Promise<{ text: string; label: string; confidence: number }[]> {
    const readings = await this.read(set.images, set.labels.length, set.widths);
    return readings.map((r, i) => ({ ...r, label: this.options.alphabet.normalise(set.labels[i]) }));
  }

  dispose(): void {
    for (const replay of this.replays.values()) replay.dispose();
    this.batches.dispose();
  }

  private async replay(width: number): Promise<Replay<Tensor>> {
    const known = this.replays.get(width);
    if (known) return known;
    const training = this.model.training;
    this.model.eval();
    const { x, padded } = this.batches.input(width);
    const replay = await this.device.record(() => noGrad(() => this.model.forward(x, padded)));
    this.model.train(training);
    this.replays.set(width, replay);
    return replay;
  }
}
