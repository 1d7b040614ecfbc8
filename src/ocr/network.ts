import { noGrad, Tensor } from '../autograd/index.ts';
import { Device, LexelError, type Replay } from '../gpu/index.ts';
import { applySavedTuning } from '../kernels/index.ts';
import { Alphabet, loadModel, type Recognizable } from '../nn/index.ts';
import { type FittedInput, normalised, wordInput } from './fit.ts';
import type { GreyImage } from './image/index.ts';
import { type Launch, type Part, wordLaunches } from './launches.ts';
import type { ModelFile } from './model.ts';
import type { Output } from './reading.ts';
import type { OnProgress, RecognizerOptions } from './types.ts';

/** A step recorded for one batch size and width. */
interface Lane {
  readonly x: Tensor;
  readonly host: Float32Array;
  /** [T, N, 1] of a line model: 1 past the end of a line. */
  readonly padded: Tensor | undefined;
  readonly replay: Replay<Tensor>;
}

/** Recorded steps kept at once: each holds the network's activations for its size. */
const MAX_LANES = 8;
/** Largest difference of logits at the self-check. The file's f16 weights are exact in f32, so only rounding order differs; `half` rounds what is folded of them: ten times as much. */
const SELF_CHECK_TOLERANCE = 2e-2;
/** How long a failed command waits for the news that its device is gone: it comes on its own, after the failure. */
const LOSS_NEWS_MS = 200;

type Place = Pick<RecognizerOptions, 'device' | 'precision'>;

/** A model on a device, recorded for the sizes asked of it. One call at a time. */
export class Network {
  private readonly lanes = new Map<string, Lane>();
  private readonly timeSteps = (width: number): number => this.model.timeSteps(width);

  private constructor(
    readonly device: Device,
    private readonly ownsDevice: boolean,
    private readonly file: ModelFile,
    private readonly alphabet: Alphabet,
    private readonly model: Recognizable,
    /** Of a line model. */
    private readonly lines: typeof import('./lines.ts') | undefined,
    /** Whether its weights are stored in 16 bits. */
    readonly half: boolean,
  ) {
    model.load(file.weights);
    model.fold({ half });
  }

  /**
   * @param options `device`: one to share; else one is opened, and closed with the network. `precision`: 'f16' counts where the adapter
   * has it.
   * @throws NoWebGpuError, FormatError
   */
  static async open(file: ModelFile, { device, precision }: Place = {}): Promise<Network> {
    const alphabet = new Alphabet(file.info.alphabet);
    const make = (on: Device): Promise<Recognizable> =>
      loadModel(on, file.info.architecture, alphabet.classes, file.weights);
    const lines = file.info.reads === 'line' ? await import('./lines.ts') : undefined;
    const on = async (used: Device) => {
      const half = precision === 'f16' && used.raw.features.has('shader-f16');
      return new Network(used, used !== device, file, alphabet, await make(used), lines, half);
    };
    if (device) return on(device);
    const own = await Device.create();
    try {
      await applySavedTuning(own);
      return await on(own);
    } catch (error) {
      own.dispose();
      throw error;
    }
  }

  /** A picture as the model takes it. */
  fit(image: GreyImage): FittedInput {
    return (this.lines?.lineInput ?? wordInput)(image, this.file.info);
  }

  /** The steps that a batch of inputs takes. */
  plan(inputs: readonly FittedInput[], batch: number): Launch[] {
    return this.lines ? this.lines.lineLaunches(inputs, batch) : wordLaunches(inputs, this.file.info.width, batch);
  }

  /**
   * Runs one step.
   * @returns the logits of each of its pieces
   * @throws DeviceLostError
   */
  async run({ width, batch, pieces }: Launch, progress?: OnProgress): Promise<Part[]> {
    const { height } = this.file.info;
    try {
      const lane = await this.lane(batch, width, progress);
      lane.host.fill(0);
      pieces.forEach(({ input, from, columns }, i) => {
        for (let y = 0; y < height; y++) {
          const row = y * input.width + from;
          lane.host.set(input.values.subarray(row, row + columns), (i * height + y) * width);
        }
      });
      lane.x.write(lane.host);
      if (lane.padded && this.lines)
        lane.padded.write(this.lines.paddedFlags(lane.padded.shape, pieces, this.timeSteps));
      await lane.replay.run();
      const logits = (await lane.replay.value.read()) as Float32Array;
      const [, N, C] = lane.replay.value.shape;
      return pieces.map((piece, i) => {
        const steps = this.timeSteps(piece.columns);
        const own = new Float32Array(steps * C);
        for (let t = 0; t < steps; t++) own.set(logits.subarray((t * N + i) * C, (t * N + i + 1) * C), t * C);
        return { piece, logits: own };
      });
    } catch (error) {
      // A command may fail because its device is gone, before the device has heard of it.
      if (!(error instanceof LexelError))
        await Promise.race([this.device.raw.lost, new Promise((resolve) => setTimeout(resolve, LOSS_NEWS_MS))]);
      this.device.check();
      throw error;
    }
  }

  /** The parts of one input as one output. */
  join(parts: readonly Part[]): Output {
    const { classes } = this.alphabet;
    const logits = parts.length > 1 && this.lines ? this.lines.joined(parts, classes, this.timeSteps) : parts[0].logits;
    const shape = [logits.length / classes, 1, classes] as const;
    return { logits, shape, alphabet: this.alphabet, skip: this.file.info.skip };
  }

  /** Checks that this GPU computes the model's own logits. @throws LexelError (code SELF_CHECK) */
  async selfCheck(progress?: OnProgress): Promise<void> {
    const { info, selfCheck } = this.file;
    if (!selfCheck) return;
    const [launch] = this.plan([normalised(selfCheck.image, info.width, info)], 1);
    const [{ logits }] = await this.run(launch, progress);
    const want = selfCheck.logits;
    let worst = logits.length === want.length ? 0 : Number.POSITIVE_INFINITY;
    for (let i = 0; i < want.length; i++) worst = Math.max(worst, Math.abs(logits[i] - want[i]));
    const most = this.half ? 10 * SELF_CHECK_TOLERANCE : SELF_CHECK_TOLERANCE;
    if (!(worst <= most))
      throw new LexelError(
        `model ${info.name}: this GPU (${this.device.adapter.description}) computes wrong values: logits differ by ${worst.toPrecision(3)}, expected at most ${most}`,
        { code: 'SELF_CHECK', hint: 'Update the graphics driver; `lexel doctor` names the kernels at fault.' },
      );
    progress?.({ stage: 'check', done: 1, total: 1 });
  }

  async dispose(): Promise<void> {
    for (const lane of this.lanes.values()) drop(lane);
    this.lanes.clear();
    this.model.dispose();
    if (this.ownsDevice) await this.device[Symbol.asyncDispose]();
  }

  private async lane(batch: number, width: number, progress?: OnProgress): Promise<Lane> {
    const key = `${batch}x${width}`;
    const known = this.lanes.get(key);
    if (known) {
      // Most recently used last.
      this.lanes.delete(key);
      this.lanes.set(key, known);
      return known;
    }
    for (const [old, lane] of this.lanes) {
      if (this.lanes.size < MAX_LANES) break;
      this.lanes.delete(old);
      drop(lane);
    }
    const { height } = this.file.info;
    const x = Tensor.zeros(this.device, [batch, 1, height, width]);
    const padded = this.lines && Tensor.zeros(this.device, [this.timeSteps(width), batch, 1]);
    try {
      const replay = await this.device.record(
        () => noGrad(() => this.model.forward(x, padded)),
        progress && ((done, total) => progress({ stage: 'compile', done, total })),
      );
      const lane = { x, padded, host: new Float32Array(batch * height * width), replay };
      this.lanes.set(key, lane);
      return lane;
    } catch (error) {
      x.dispose();
      padded?.dispose();
      throw error;
    }
  }
}

function drop(lane: Lane): void {
  lane.replay.dispose();
  lane.x.dispose();
  lane.padded?.dispose();
}
