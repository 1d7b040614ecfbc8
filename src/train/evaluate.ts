import { noGrad, Tensor } from '../autograd/index.ts';
import type { Device, Replay } from '../gpu/index.ts';
import {
  type Alphabet,
  ctcRows,
  type DecodeOptions,
  decodeCtc,
  type InputNormalisation,
  normaliseInto,
  type Recognizable,
} from '../nn/index.ts';

/** Images of one size with their labels. */
export interface LabelledImages {
  /** [count, height, width], grey. */
  readonly images: Uint8Array;
  readonly labels: readonly string[];
}

export interface EvaluatorOptions {
  batch: number;
  height: number;
  width: number;
  alphabet: Alphabet;
  normalisation: InputNormalisation;
  /** Leading time steps that decoding ignores; default 0. */
  skip?: number;
  /** How logits become text; default the best path. */
  decode?: DecodeOptions;
}

/** Reads batches of one size with a model in evaluation mode; the step is recorded once and replayed. */
export class Evaluator {
  private replay: Replay<Tensor> | undefined;
  private readonly x: Tensor;
  private readonly host: Float32Array;

  constructor(
    private readonly device: Device,
    private readonly model: Recognizable,
    private readonly options: EvaluatorOptions,
  ) {
    const { batch, height, width } = options;
    this.host = new Float32Array(batch * height * width);
    this.x = Tensor.zeros(device, [batch, 1, height, width]);
  }

  /** Reads every image; the texts come in order, with their confidence. */
  async read(images: Uint8Array, count: number): Promise<{ text: string; confidence: number }[]> {
    const { batch, height, width, alphabet, normalisation, skip, decode } = this.options;
    const each = height * width;
    if (!this.replay) {
      const training = this.model.training;
      this.model.eval();
      this.replay = await this.device.record(() => noGrad(() => this.model.forward(this.x)));
      this.model.train(training);
    }
    const out: { text: string; confidence: number }[] = [];
    for (let at = 0; at < count; at += batch) {
      const n = Math.min(batch, count - at);
      this.host.fill(0);
      for (let i = 0; i < n; i++) normaliseInto(images, (at + i) * each, each, this.host, i * each, normalisation);
      this.x.write(this.host);
      await this.replay.run();
      const logits = (await this.replay.value.read()) as Float32Array;
      const shape = this.replay.value.shape as [number, number, number];
      for (let i = 0; i < n; i++) {
        const { labels, confidence } = decodeCtc(ctcRows(logits, shape, i, skip), alphabet, decode);
        out.push({ text: alphabet.decode(labels), confidence });
      }
    }
    return out;
  }

  /** Reads labelled images: pairs for `scores`. */
  async pairs(set: LabelledImages): Promise<{ text: string; label: string; confidence: number }[]> {
    const readings = await this.read(set.images, set.labels.length);
    return readings.map((r, i) => ({ ...r, label: this.options.alphabet.normalise(set.labels[i]) }));
  }

  dispose(): void {
    this.replay?.dispose();
    this.x.dispose();
  }
}
