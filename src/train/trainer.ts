import { backward, ctc, mean, slice, Tensor } from '../autograd/index.ts';
import { ArgumentError, type Device, NonFiniteError, type Replay } from '../gpu/index.ts';
import { type Alphabet, type InputNormalisation, Random, type Recognizable } from '../nn/index.ts';
import { Batches } from './batches.ts';
import { stepsNeeded } from './data/labels.ts';
import type { LabelledImages } from './evaluate.ts';
import type { Optimizer } from './optimizers.ts';

/** A loss this large is none: CTC says 1e30 of a label that cannot be aligned, and labels that cannot are left out before. */
const ABSURD = 1e25;

export interface TrainerOptions {
  batch: number;
  height: number;
  /** Of every image, or, of lines, of the widest. */
  width: number;
  /** Whether images are lines of text, of different widths: the loss is then taken by letter, so that long lines count no more. */
  lines?: boolean;
  alphabet: Alphabet;
  normalisation: InputNormalisation;
  /** Longest label in symbols; default 24. */
  maxLabel?: number;
  /** Leading time steps that the loss ignores; default 0. */
  skip?: number;
  /** Seed of the augmentation. */
  seed: number;
  /** Share of images whose grey levels are inverted; default 0.5. */
  invert?: number;
  /** Losses kept on the device between reads; default 10. */
  history?: number;
}

/** One model's training step: recorded once a width, replayed for every batch of that width. */
export class Trainer {
  /** Advances with every step; dropout draws from it. */
  readonly counter: Tensor;
  private readonly batches: Batches;
  private readonly targets: Tensor;
  private readonly inputLengths: Tensor;
  private readonly targetLengths: Tensor;
  private readonly losses: Tensor;
  private readonly maxLabel: number;
  private readonly replays = new Map<number, Replay<Tensor>>();
  private pendingLosses = 0;
  private inFlight: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly device: Device,
    private readonly model: Recognizable,
    private readonly optimizer: Optimizer,
    private readonly options: TrainerOptions,
  ) {
    const { batch } = options;
    this.maxLabel = options.maxLabel ?? 24;
    this.batches = new Batches(device, model, options);
    this.targets = Tensor.zeros(device, [batch, this.maxLabel], { dtype: 'i32' });
    this.inputLengths = Tensor.zeros(device, [batch], { dtype: 'i32' });
    this.targetLengths = Tensor.zeros(device, [batch], { dtype: 'i32' });
    this.counter = Tensor.zeros(device, [1], { dtype: 'u32' });
    this.losses = Tensor.zeros(device, [options.history ?? 10]);
  }

  /** Kernel dispatches of one step; 0 before the first. */
  get dispatches(): number {
    return Math.max(0, ...[...this.replays.values()].map((r) => r.dispatches));
  }

  /**
   * Queues one step on a full batch.
   * @param step 0-based number of the step: seeds augmentation and dropout.
   * @throws ArgumentError when the batch has another size or a label cannot be aligned.
   */
  async step(step: number, batch: LabelledImages, rate: number): Promise<void> {
    const begin = performance.now();
    const width = this.upload(step, batch);
    this.device.profile?.add('upload', performance.now() - begin);
    this.optimizer.prepareStep(rate);
    const replay = this.replays.get(width) ?? (await this.record(width));
    // At most one step waits behind the one that runs: host copies stay bounded.
    await this.inFlight;
    await replay.run();
    const slot = this.pendingLosses++;
    const { buffer, offset } = this.losses;
    this.device.copy(replay.value, { buffer, offset: offset + slot * 4, shape: [], dtype: 'f32', size: 1 });
    await this.device.flush();
    this.inFlight = this.device.raw.queue.onSubmittedWorkDone();
  }

  /** Steps whose loss has not been read; at most `history`. */
  get unread(): number {
    return this.pendingLosses;
  }

  /** The losses of the steps since the last call. @throws NonFiniteError naming the step. */
  async readLosses(lastStep: number): Promise<number[]> {
    const all = (await this.losses.read()) as Float32Array;
    const out = [...all.subarray(0, this.pendingLosses)];
    const bad = out.findIndex((v) => !(Math.abs(v) < ABSURD));
    if (bad >= 0)
      throw new NonFiniteError(`train: the loss of step ${lastStep - out.length + 1 + bad} is ${out[bad]}`, {
        hint: 'Lower the learning rate or the clipping norm, and resume from the last checkpoint.',
      });
    this.pendingLosses = 0;
    return out;
  }

  dispose(): void {
    for (const replay of this.replays.values()) replay.dispose();
    this.batches.dispose();
    for (const t of [this.targets, this.inputLengths, this.targetLengths, this.counter, this.losses]) t.dispose();
  }

  /** @returns the width of the batch. */
  private upload(step: number, batch: LabelledImages): number {
    const { batch: size, height, width, alphabet, seed } = this.options;
    if (batch.labels.length !== size)
      throw new ArgumentError(
        `train: expected ${size} images of ${width} x ${height}, got ${batch.labels.length} labels and ${batch.images.length} bytes`,
      );
    const random = new Random(seed * 1_000_003 + step);
    const items = batch.labels.map((_, i) => i);
    const inverted = items.map(() => random.uniform() < (this.options.invert ?? 0.5));
    const input = this.batches.fill({ ...batch, count: size, items, inverted });
    const targets = new Int32Array(size * this.maxLabel);
    const lengths = new Int32Array(size);
    for (let i = 0; i < size; i++) {
      const label = alphabet.encode(batch.labels[i]);
      if (label.length > this.maxLabel)
        throw new ArgumentError(
          `train: label ${JSON.stringify(batch.labels[i])} has ${label.length} letters, expected at most ${this.maxLabel}`,
          { hint: 'Raise maxLabel or leave such rows out.' },
        );
      if (stepsNeeded(label) > input.steps[i])
        throw new ArgumentError(
          `train: label ${JSON.stringify(batch.labels[i])} needs ${stepsNeeded(label)} time steps, the model has ${input.steps[i]}`,
          { hint: 'Use wider images or leave such rows out.' },
        );
      targets.set(label, i * this.maxLabel);
      lengths[i] = label.length;
    }
    this.targets.write(targets);
    this.inputLengths.write(Int32Array.from(input.steps));
    this.targetLengths.write(lengths);
    this.counter.write(Uint32Array.of(step));
    return input.width;
  }

  private async record(width: number): Promise<Replay<Tensor>> {
    this.model.train();
    const { x, padded } = this.batches.input(width);
    const replay = await this.device.record(() => {
      this.device.mark('forward');
      const all = this.model.forward(x, padded);
      const { skip = 0 } = this.options;
      const logits = skip > 0 ? slice(all, 0, skip, all.shape[0]) : all;
      const { blank } = this.options.alphabet;
      const { targets, inputLengths, targetLengths } = this;
      const loss = this.options.lines
        ? ctc(logits, targets, inputLengths, targetLengths, { blank, reduction: 'mean' })
        : mean(ctc(logits, targets, inputLengths, targetLengths, { blank, reduction: 'none' }));
      this.device.mark('backward');
      backward(loss);
      this.device.mark('optimiser');
      this.optimizer.step();
      this.device.mark('');
      return loss;
    });
    this.replays.set(width, replay);
    return replay;
  }
}
