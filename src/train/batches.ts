import { Tensor } from '../autograd/index.ts';
import { ArgumentError, type Device } from '../gpu/index.ts';
import { type InputNormalisation, normaliseInto, type Recognizable, showView, type View } from '../nn/index.ts';

export interface BatchesOptions {
  batch: number;
  height: number;
  /** Of every image, or, of lines, of the widest. */
  width: number;
  /** Whether images are lines of text, of different widths. */
  lines?: boolean;
  normalisation: InputNormalisation;
  /** Leading time steps that loss and decoding ignore. */
  skip?: number;
}

/** What a model is given at one width. */
export interface BatchInput {
  /** [batch, 1, height, width] */
  readonly x: Tensor;
  /** [T, batch, 1], 1 past the end of a line; words have none. */
  readonly padded: Tensor | undefined;
  readonly host: Float32Array;
}

/** Grey images of one size, and how many of their columns are their own. */
export interface Images {
  readonly images: Uint8Array;
  readonly count: number;
  readonly widths?: readonly number[];
}

/** Some images of a set that go through the network together. */
export interface Group extends Images {
  readonly items: readonly number[];
  /** Which of the items have their grey levels inverted. */
  readonly inverted?: readonly boolean[];
}

/** Lines go in widths that are multiples of this: a handful of recordings, each with memory of its own. */
const BUCKET = 128;

/** Turns groups of grey images into network input: words at one width, lines at the width of the widest of their group. */
export class Batches {
  private readonly inputs = new Map<number, BatchInput>();

  constructor(
    private readonly device: Device,
    private readonly model: Recognizable,
    private readonly options: BatchesOptions,
  ) {}

  /** All images in groups of at most a batch, lines of like width together. @throws ArgumentError */
  groups(set: Images): Group[] {
    const { batch } = this.options;
    const order = Array.from({ length: set.count }, (_, i) => i);
    const widths = this.options.lines ? set.widths : undefined;
    if (widths) order.sort((a, b) => widths[a] - widths[b]);
    const groups: Group[] = [];
    let from = 0;
    for (let i = 1; i <= order.length; i++) {
      const apart = widths && i < order.length && bucket(widths[order[i]]) !== bucket(widths[order[from]]);
      if (i < order.length && i - from < batch && !apart) continue;
      groups.push({ ...set, items: order.slice(from, i) });
      from = i;
    }
    return groups;
  }

  /**
   * Uploads a group, or a view of it; a group smaller than the batch leaves the rest at zero.
   * @returns the width of the input, and the time steps of each item.
   * @throws ArgumentError when images have another size than the options say.
   */
  fill(group: Group, view?: View): { width: number; steps: number[] } {
    const { height, normalisation, skip = 0, lines } = this.options;
    const { images, count, items, inverted, widths } = group;
    const stride = images.length / (count * height);
    if (!Number.isInteger(stride) || (lines ? stride > this.options.width : stride !== this.options.width))
      throw new ArgumentError(
        `train: expected ${count} images of ${lines ? 'at most ' : ''}${this.options.width} x ${height}, got ${images.length} bytes`,
      );
    const own = items.map((i) => (lines ? (widths?.[i] ?? stride) : stride));
    const width = lines ? Math.min(this.options.width, bucket(Math.max(1, ...own))) : stride;
    const input = this.input(width);
    input.host.fill(0);
    const row = new Uint8Array(height * width);
    items.forEach((item, i) => {
      const at = item * height * stride;
      let from = images;
      let start = at;
      if (stride !== width) {
        for (let y = 0; y < height; y++)
          row.set(images.subarray(at + y * stride, at + y * stride + Math.min(stride, width)), y * width);
        from = row;
        start = 0;
      }
      const to = i * height * width;
      normaliseInto(from, start, height * width, input.host, to, normalisation, inverted?.[i], {
        width,
        columns: own[i],
      });
      if (view) showView(input.host, to, { stride: width, columns: own[i], height }, view);
      // What convolutions see beyond the edge of a line that is alone.
      for (let y = to; y < to + height * width; y += width) input.host.fill(0, y + own[i], y + width);
    });
    input.x.write(input.host);
    const steps = own.map((w) => this.model.timeSteps(w));
    if (input.padded) {
      const [T, N] = input.padded.shape;
      const flags = new Float32Array(T * N);
      steps.forEach((n, i) => {
        for (let t = n; t < T; t++) flags[t * N + i] = 1;
      });
      input.padded.write(flags);
    }
    return { width, steps: steps.map((n) => n - skip) };
  }

  /** The tensors of one width; made once. */
  input(width: number): BatchInput {
    const known = this.inputs.get(width);
    if (known) return known;
    const { batch, height, lines } = this.options;
    const input = {
      x: Tensor.zeros(this.device, [batch, 1, height, width]),
      padded: lines ? Tensor.zeros(this.device, [this.model.timeSteps(width), batch, 1]) : undefined,
      host: new Float32Array(batch * height * width),
    };
    this.inputs.set(width, input);
    return input;
  }

  dispose(): void {
    for (const { x, padded } of this.inputs.values()) {
      x.dispose();
      padded?.dispose();
    }
  }
}

function bucket(width: number): number {
  return Math.ceil(width / BUCKET) * BUCKET;
}
