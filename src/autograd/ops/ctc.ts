import { ArgumentError, type Device, ShapeError, showShape } from '../../gpu/index.ts';
import { ctcGreedyOp, ctcOp, type Reduction } from '../../kernels/index.ts';
import { apply, noGrad } from '../tape.ts';
import { Tensor } from '../tensor.ts';

/** Small integers: on the device, or on the host, where they are checked and then uploaded. */
export type Integers = Tensor | Int32Array | readonly number[];

export interface CtcOptions {
  /** The class that means "no letter". Default 0. */
  blank?: number;
  /** Default `mean`: each loss over its target length, then over the batch. */
  reduction?: Reduction;
  /** Whether items without an alignment count as 0 instead of 1e30. Their gradient is 0 either way. Default false. */
  zeroInfinity?: boolean;
}

export interface CtcResult {
  /** The reduced loss: [] for mean and sum, [N] for none. */
  readonly loss: Tensor;
  /** The loss of each item, [N]. */
  readonly items: Tensor;
  /** How many items have no alignment (more letters and repeats than frames), i32 []. */
  readonly impossible: Tensor;
}

/**
 * Connectionist temporal classification loss of logits [T, N, C]; log_softmax is inside. An item without an alignment
 * loses 1e30, which stands for infinity, and gives no gradient.
 * @param targets labels [N, S] (padded with anything), or on the host also one row after another.
 * @param inputLengths frames of each item, [N].
 * @param targetLengths labels of each item, [N].
 * @throws ShapeError, ArgumentError
 * @see https://www.cs.toronto.edu/~graves/icml_2006.pdf
 */
export function ctc(
  logits: Tensor,
  targets: Integers,
  inputLengths: Integers,
  targetLengths: Integers,
  options: CtcOptions = {},
): Tensor {
  return ctcResult(logits, targets, inputLengths, targetLengths, options).loss;
}

/** As `ctc`, with the loss of each item [N] and the count of items without an alignment. @throws ShapeError, ArgumentError */
export function ctcResult(
  logits: Tensor,
  targets: Integers,
  inputLengths: Integers,
  targetLengths: Integers,
  options: CtcOptions = {},
): CtcResult {
  const { device } = logits;
  const { blank = 0, reduction = 'mean', zeroInfinity = false } = options;
  if (reduction !== 'none' && reduction !== 'mean' && reduction !== 'sum')
    throw new ArgumentError(`ctc: reduction must be none, mean or sum, got ${String(reduction)}`);
  if (logits.shape.length !== 3)
    throw new ShapeError(`ctc: logits must be f32 [T, N, C], got ${logits.dtype} ${showShape(logits.shape)}`);
  const [T, N, C] = logits.shape;
  const frames = checkLengths(device, 'ctc: inputLengths', inputLengths, N, T);
  const lengths = checkLengths(device, 'ctc: targetLengths', targetLengths, N, Number.MAX_SAFE_INTEGER);
  const labels = padTargets(device, targets, targetLengths, N, C, blank);
  const attrs = { blank, reduction, zeroInfinity, gradient: logits.requiresGrad };
  const out = apply(ctcOp, [logits, labels, frames, lengths], attrs);
  if (reduction === 'none') return { loss: out[0], items: out[0], impossible: out[1] };
  return { loss: out[0], items: out[1], impossible: out[2] };
}

export interface CtcGreedyResult {
  /** Decoded classes, i32 [N, T], padded with -1. */
  readonly labels: Tensor;
  /** The frame where each label's run begins, i32 [N, T], padded with -1. */
  readonly starts: Tensor;
  /** Decoded labels of each item, i32 [N]. */
  readonly lengths: Tensor;
  /** Sum and minimum over the frames of the log probability of the best class, [N, 2]. */
  readonly scores: Tensor;
}

/**
 * Best-path decoding of logits [T, N, C]: the likeliest class of each frame (the first on a tie), runs collapsed, blanks dropped.
 * @param inputLengths frames of each item, [N]; all T when absent.
 * @throws ShapeError, ArgumentError
 */
export function ctcGreedy(logits: Tensor, inputLengths?: Integers, options: { blank?: number } = {}): CtcGreedyResult {
  if (logits.shape.length !== 3)
    throw new ShapeError(`ctc_greedy: logits must be f32 [T, N, C], got ${logits.dtype} ${showShape(logits.shape)}`);
  const [T, N] = logits.shape;
  const given = inputLengths ?? new Int32Array(N).fill(T);
  const frames = checkLengths(logits.device, 'ctc_greedy: inputLengths', given, N, T);
  const out = noGrad(() => apply(ctcGreedyOp, [logits, frames], { blank: options.blank ?? 0 }));
  const [labels, starts, lengths, scores] = out;
  return { labels, starts, lengths, scores };
}

function checkLengths(device: Device, name: string, values: Integers, N: number, most: number): Tensor {
  if (values instanceof Tensor) return values;
  if (values.length !== N) throw new ShapeError(`${name} must hold ${N} lengths, one an item, got ${values.length}`);
  values.forEach((v, n) => {
    if (!Number.isInteger(v) || v < 0 || v > most)
      throw new ArgumentError(`${name}[${n}] must be an integer of 0 to ${most}, got ${v}`);
  });
  return Tensor.from(device, Int32Array.from(values));
}

/** Host labels, padded or one row after another, as one padded tensor i32 [N, S]. */
function padTargets(
  device: Device,
  targets: Integers,
  targetLengths: Integers,
  N: number,
  C: number,
  blank: number,
): Tensor {
  if (targets instanceof Tensor) return targets;
  if (targetLengths instanceof Tensor)
    throw new ArgumentError('ctc: targets on the host need targetLengths on the host, got a tensor; pass both alike');
  let total = 0;
  let longest = 0;
  for (const length of targetLengths) {
    total += length;
    longest = Math.max(longest, length);
  }
  const joined = targets.length === total;
  const width = joined ? longest : targets.length / N;
  if (!Number.isInteger(width) || width < longest)
    throw new ShapeError(
      `ctc: targets must hold ${total} labels one row after another, or ${N} rows of at least ${longest}, got ${targets.length}`,
    );
  const rows = new Int32Array(N * width);
  let at = 0;
  for (let n = 0; n < N; n++) {
    const from = joined ? at : n * width;
    for (let j = 0; j < targetLengths[n]; j++) {
      const label = targets[from + j];
      if (!Number.isInteger(label) || label < 0 || label >= C || label === blank)
        throw new ArgumentError(
          `ctc: label ${j} of item ${n} must be a class of 0 to ${C - 1} other than the blank ${blank}, got ${label}`,
        );
      rows[n * width + j] = label;
    }
    at += targetLengths[n];
  }
  return Tensor.from(device, rows, [N, width]);
}
