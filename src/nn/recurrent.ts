import {
  add,
  concat,
  lstm,
  noGrad,
  packRecurrent,
  permute,
  type RecurrentParams,
  reshape,
  slice,
  Tensor,
} from '../autograd/index.ts';
import { ArgumentError } from '../gpu/index.ts';
import { glorotUniform, heNormalTruncated, type InitContext, orthogonal, parameter, uniform } from './init.ts';
import { type FoldOptions, Module } from './module.ts';
import { inHalf, Weighted } from './weighted.ts';

export interface RecurrentOptions {
  /** How the two directions are joined; default 'concat'. 'none' runs forward only. */
  bidirectional?: 'concat' | 'sum' | 'none';
  /**
   * 'keras': Glorot input, orthogonal recurrent weights, forget bias 1; 'keras-he': the same with He-normal input weights; 'torch':
   * uniform in 1 / sqrt(H). Default 'keras'.
   */
  init?: RecurrentInit;
  /** Whether `forward` takes the padding of items that are shorter than their batch. Default false. */
  padding?: boolean;
}

export type RecurrentInit = 'keras' | 'keras-he' | 'torch';

/** A gate's pre-activation that leaves it shut (or, for a GRU's update gate, open) to the last bit of f32. */
const SHUT = 1e4;

interface DirectionWeights {
  weightIh: Tensor;
  weightHh: Tensor;
  biasIh: Tensor;
  biasHh: Tensor | undefined;
}

function weights(
  context: InitContext,
  gates: number,
  input: number,
  hidden: number,
  init: RecurrentInit,
): DirectionWeights {
  const rows = gates * hidden;
  if (init === 'torch') {
    const bound = 1 / Math.sqrt(hidden);
    return {
      weightIh: uniform(context, [rows, input], bound),
      weightHh: uniform(context, [rows, hidden], bound),
      biasIh: uniform(context, [rows], bound),
      biasHh: uniform(context, [rows], bound),
    };
  }
  // Keras' unit_forget_bias: the forget gate (second of i, f, g, o) starts open.
  let index = 0;
  const biasIh = parameter(context, [rows], () => {
    const at = index++;
    return gates === 4 && at >= hidden && at < 2 * hidden ? 1 : 0;
  });
  return {
    weightIh:
      init === 'keras-he'
        ? heNormalTruncated(context, [rows, input], input)
        : glorotUniform(context, [rows, input], input, rows),
    weightHh: orthogonal(context, rows, hidden),
    biasIh,
    // Two biases that are only ever added have the same gradient: one is enough, as in Keras.
    biasHh: undefined,
  };
}

/** Shared by LSTM and GRU: parameters of one layer, and how directions are joined. */
export abstract class Recurrent extends Module {
  readonly forwardWeights: DirectionModule;
  readonly reverseWeights: DirectionModule | undefined;
  readonly join: 'concat' | 'sum' | 'none';
  /** What a padded step adds to each gate: [G*H, 1]. No tensor of the model: it is never trained nor stored. */
  readonly #shut: Tensor | undefined;
  /** Derived from the weights by `fold`. */
  #packed: Tensor | undefined;
  /** The same: weights that read the flag of padded steps, by direction. */
  #wide: Tensor[] = [];

  constructor(
    context: InitContext,
    gates: number,
    readonly inputSize: number,
    readonly hiddenSize: number,
    options: RecurrentOptions,
  ) {
    super();
    this.join = options.bidirectional ?? 'concat';
    if (options.padding) {
      // LSTM: the input gate (first of i, f, g, o) shuts, so the cell gets nothing. GRU: the update gate (second of r, z, n)
      // opens, so the state stays. Either way a state that starts at zero is still zero where the item begins.
      const column = new Float32Array(gates * hiddenSize);
      if (gates === 4) column.fill(-SHUT, 0, hiddenSize);
      else column.fill(SHUT, hiddenSize, 2 * hiddenSize);
      this.#shut = Tensor.from(context.device, column, [gates * hiddenSize, 1]);
    }
    const init = options.init ?? 'keras';
    this.forwardWeights = new DirectionModule(weights(context, gates, inputSize, hiddenSize, init));
    this.reverseWeights =
      this.join === 'none' ? undefined : new DirectionModule(weights(context, gates, inputSize, hiddenSize, init));
  }

  /** Size of the last output dimension. */
  get outputSize(): number {
    return this.join === 'concat' ? 2 * this.hiddenSize : this.hiddenSize;
  }

  /**
   * x [T, N, in] and the weights, or, where steps are padded, x with the flag as one feature more and weights that read it: the
   * reverse direction then reaches an item's last own step with the state that it would have alone.
   */
  protected masked(x: Tensor, padded: Tensor | undefined): { x: Tensor; params: RecurrentParams } {
    const { forwardWeights: f, reverseWeights: r } = this;
    const packed = this.#packed;
    if (!padded) return { x, params: { ...params(f), reverse: params(r), packed } };
    const shut = this.#shut;
    if (!shut) throw new ArgumentError('recurrent layer: got padding, but was made without the option padding');
    const [wideF = wide(f, shut), wideR] = this.#wide;
    const reverse = r && { ...params(r), weightIh: wideR ?? wide(r, shut) };
    return { x: concat([x, padded], 2), params: { ...params(f), weightIh: wideF, reverse, packed } };
  }

  override fold(options?: FoldOptions): this {
    this.unfold();
    // Where padding is taken it is the wide weights that are read.
    super.fold(this.#shut ? undefined : options);
    this.#packed = packRecurrent({ ...params(this.forwardWeights), reverse: params(this.reverseWeights) });
    if (options?.half) this.#packed = inHalf(this.#packed);
    const [shut, directions] = [this.#shut, [this.forwardWeights, this.reverseWeights ?? []].flat()];
    if (shut)
      for (const m of directions) {
        const w = noGrad(() => wide(m, shut));
        this.#wide.push(options?.half ? inHalf(w) : w);
      }
    return this;
  }

  override unfold(): this {
    this.#packed?.dispose();
    this.#packed = undefined;
    for (const w of this.#wide) w.dispose();
    this.#wide = [];
    return super.unfold();
  }

  override dispose(): void {
    super.dispose();
    this.#shut?.dispose();
  }

  protected joined(y: Tensor): Tensor {
    if (this.join !== 'sum') return y;
    const h = this.hiddenSize;
    return add(slice(y, 2, 0, h), slice(y, 2, h, 2 * h));
  }
}

/** Names one direction's tensors. */
class DirectionModule extends Weighted {
  readonly weightIh: Tensor;
  readonly weightHh: Tensor;
  readonly biasIh: Tensor;
  readonly biasHh: Tensor | undefined;

  constructor(w: DirectionWeights) {
    super();
    this.weightIh = w.weightIh;
    this.weightHh = w.weightHh;
    this.biasIh = w.biasIh;
    this.biasHh = w.biasHh;
  }

  protected get own(): Tensor {
    return this.weightIh;
  }
}

/** LSTM layer (Hochreiter and Schmidhuber 1997; gates i, f, g, o): [T, N, in] -> [T, N, outputSize]. */
export class Lstm extends Recurrent {
  constructor(context: InitContext, inputSize: number, hiddenSize: number, options: RecurrentOptions = {}) {
    super(context, 4, inputSize, hiddenSize, options);
  }

  /**
   * @param padded [T, N, 1], 1 where a step is past the end of its item, else 0; needs the option `padding`.
   * @throws ArgumentError
   */
  forward(x: Tensor, padded?: Tensor): Tensor {
    const m = this.masked(x, padded);
    return this.joined(lstm(m.x, m.params).y);
  }
}

/** The input weights of a direction with a column for the flag of padded steps. */
function wide(m: DirectionModule, shut: Tensor): Tensor {
  return concat([m.weightIh, shut], 1);
}

function params(m: DirectionModule): DirectionWeights;
function params(m: DirectionModule | undefined): DirectionWeights | undefined;
function params(m: DirectionModule | undefined): DirectionWeights | undefined {
  return m && { weightIh: m.stored, weightHh: m.weightHh, biasIh: m.biasIh, biasHh: m.biasHh };
}

/** [N, C, H, W] -> [W, N, C * H]: columns become time steps, feature index c * H + h. */
export function columnsToSequence(x: Tensor): Tensor {
  const [n, c, h, w] = x.shape;
  return reshape(permute(x, [3, 0, 1, 2]), [w, n, c * h]);
}
