import { noGrad, Tensor } from '../autograd/index.ts';
import { Device, LexelError, type Replay } from '../gpu/index.ts';
import { applySavedTuning } from '../kernels/index.ts';
import { Alphabet, loadModel, normaliseInto, type Recognizable } from '../nn/index.ts';
import type { ModelFile } from './model.ts';
import type { Output } from './reading.ts';
import type { OnProgress } from './types.ts';

/** A step recorded for one batch size and width. */
interface Lane {
  readonly x: Tensor;
  readonly host: Float32Array;
  readonly replay: Replay<Tensor>;
}

/** Recorded steps kept at once: each holds the network's activations for its size. */
const MAX_LANES = 6;
/** Largest difference of logits at the self-check: f16 weights are exact, so only rounding order differs. */
const SELF_CHECK_TOLERANCE = 2e-2;
/** How long a failed command waits for the news that its device is gone: it comes on its own, after the failure. */
const LOSS_NEWS_MS = 200;

/** A model on a device, recorded for the sizes asked of it. One call at a time. */
export class Network {
  private readonly lanes = new Map<string, Lane>();

  private constructor(
    readonly device: Device,
    private readonly ownsDevice: boolean,
    private readonly file: ModelFile,
    private readonly alphabet: Alphabet,
    private readonly model: Recognizable,
  ) {
    model.load(file.weights);
    model.fold();
  }

  /** @param device one to share; else one is opened, and closed with the network. @throws NoWebGpuError, FormatError */
  static async open(file: ModelFile, device?: Device): Promise<Network> {
    const alphabet = new Alphabet(file.info.alphabet);
    const make = (on: Device): Promise<Recognizable> => loadModel(on, file.info.architecture, alphabet.classes);
    if (device) return new Network(device, false, file, alphabet, await make(device));
    const own = await Device.create();
    try {
      await applySavedTuning(own);
      return new Network(own, true, file, alphabet, await make(own));
    } catch (error) {
      own.dispose();
      throw error;
    }
  }

  /**
   * Runs one batch.
   * @param images [count] of [height, width] grey pixels
   * @param batch size of the recorded step, at least count
   * @throws DeviceLostError
   */
  async run(images: readonly Uint8Array[], width: number, batch: number, progress?: OnProgress): Promise<Output> {
    const { height, normalisation, skip } = this.file.info;
    const each = width * height;
    try {
      const lane = await this.lane(batch, width, progress);
      lane.host.fill(0, images.length * each);
      images.forEach((pixels, i) => {
        normaliseInto(pixels, 0, each, lane.host, i * each, normalisation);
      });
      lane.x.write(lane.host);
      await lane.replay.run();
      const logits = (await lane.replay.value.read()) as Float32Array;
      const shape = lane.replay.value.shape as [number, number, number];
      return { logits, shape, alphabet: this.alphabet, skip };
    } catch (error) {
      // A command may fail because its device is gone, before the device has heard of it.
      if (!(error instanceof LexelError))
        await Promise.race([this.device.raw.lost, new Promise((resolve) => setTimeout(resolve, LOSS_NEWS_MS))]);
      this.device.check();
      throw error;
    }
  }

  /** Checks that this GPU computes the model's own logits. @throws LexelError (code SELF_CHECK) */
  async selfCheck(progress?: OnProgress): Promise<void> {
    const { info, selfCheck } = this.file;
    if (!selfCheck) return;
    const { logits } = await this.run([selfCheck.image], info.width, 1, progress);
    const want = selfCheck.logits;
    let worst = logits.length === want.length ? 0 : Number.POSITIVE_INFINITY;
    for (let i = 0; i < want.length; i++) worst = Math.max(worst, Math.abs(logits[i] - want[i]));
    if (!(worst <= SELF_CHECK_TOLERANCE))
      throw new LexelError(
        `model ${info.name}: this GPU (${this.device.adapter.description}) computes wrong values: logits differ by ${worst.toPrecision(3)}, expected at most ${SELF_CHECK_TOLERANCE}`,
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
    const replay = await this.device.record(
      () => noGrad(() => this.model.forward(x)),
      progress && ((done, total) => progress({ stage: 'compile', done, total })),
    );
    const lane = { x, host: new Float32Array(batch * height * width), replay };
    this.lanes.set(key, lane);
    return lane;
  }
}

function drop(lane: Lane): void {
  lane.replay.dispose();
  lane.x.dispose();
}
