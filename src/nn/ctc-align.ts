/** log 0. Shaders need a finite stand-in; on the host -Infinity behaves. */
export const NEVER = Number.NEGATIVE_INFINITY;

/** Below this the smaller of two logs no longer changes a double: log(2^-53), rounded. */
const NEGLIGIBLE = -37;

/** log(e^a + e^b) */
export function logAdd(a: number, b: number): number {
  if (a < b) {
    const d = a - b;
    return d > NEGLIGIBLE ? b + Math.log1p(Math.exp(d)) : b;
  }
  if (b === NEVER) return a;
  const d = b - a;
  return d > NEGLIGIBLE ? a + Math.log1p(Math.exp(d)) : a;
}

/** Rows of logits [T, C] to log probabilities. */
export function logSoftmaxRows(logits: ArrayLike<number>, classes: number): Float64Array {
  const out = Float64Array.from(logits);
  for (let at = 0; at < out.length; at += classes) {
    const row = out.subarray(at, at + classes);
    let most = NEVER;
    for (let c = 0; c < row.length; c++) if (row[c] > most) most = row[c];
    let total = 0;
    for (let c = 0; c < row.length; c++) total += Math.exp(row[c] - most);
    const norm = most + Math.log(total);
    for (let c = 0; c < row.length; c++) row[c] -= norm;
  }
  return out;
}

/** Forward and backward scores of a labelling over its 2L + 1 extended states: blank, label, blank, ... */
interface Lattice {
  readonly rows: ArrayLike<number>;
  readonly classes: number;
  readonly blank: number;
  readonly labels: readonly number[];
  readonly frames: number;
  readonly states: number;
  /** [T, states]: log probability of the frames up to t, ending in the state. */
  readonly forward: Float64Array;
  /** [T, states]: log probability of the frames after t, starting from the state. */
  readonly backward: Float64Array;
  readonly logProbability: number;
}

/** The class of each extended state, and whether it may be entered over the blank before it. */
function extended(labels: readonly number[], blank: number): { of: Int32Array; skips: Uint8Array } {
  const of = new Int32Array(2 * labels.length + 1).fill(blank);
  const skips = new Uint8Array(of.length);
  labels.forEach((label, i) => {
    of[2 * i + 1] = label;
    if (i > 0 && labels[i - 1] !== label) skips[2 * i + 1] = 1;
  });
  return { of, skips };
}

function forwardScores(
  rows: ArrayLike<number>,
  classes: number,
  frames: number,
  { of, skips }: ReturnType<typeof extended>,
): Float64Array {
  const states = of.length;
  const forward = new Float64Array(frames * states).fill(NEVER);
  for (let t = 0; t < frames; t++)
    for (let s = 0, at = t * states; s < states && s <= 2 * t + 1; s++, at++) {
      let from = t === 0 ? 0 : forward[at - states];
      if (t > 0 && s > 0) from = logAdd(from, forward[at - states - 1]);
      if (t > 0 && skips[s]) from = logAdd(from, forward[at - states - 2]);
      forward[at] = from + rows[t * classes + of[s]];
    }
  return forward;
}

function endScore(forward: Float64Array, frames: number, states: number): number {
  if (frames === 0) return states === 1 ? 0 : NEVER;
  const last = forward[frames * states - 1];
  return states === 1 ? last : logAdd(last, forward[frames * states - 2]);
}

function lattice(rows: ArrayLike<number>, classes: number, labels: readonly number[], blank: number): Lattice {
  const frames = Math.floor(rows.length / classes);
  const chain = extended(labels, blank);
  const { of, skips } = chain;
  const states = of.length;
  const forward = forwardScores(rows, classes, frames, chain);
  const backward = new Float64Array(frames * states).fill(NEVER);
  for (let t = frames - 1; t >= 0; t--)
    for (let s = 0; s < states; s++) {
      const below = (t + 1) * states + s;
      const row = (t + 1) * classes;
      let to = t === frames - 1 ? (s >= states - 2 ? 0 : NEVER) : backward[below] + rows[row + of[s]];
      if (t < frames - 1 && s + 1 < states) to = logAdd(to, backward[below + 1] + rows[row + of[s + 1]]);
      if (t < frames - 1 && s + 2 < states && skips[s + 2])
        to = logAdd(to, backward[below + 2] + rows[row + of[s + 2]]);
      backward[t * states + s] = to;
    }
  const logProbability = endScore(forward, frames, states);
  return { rows, classes, blank, labels, frames, states, forward, backward, logProbability };
}

/**
 * Log of the CTC probability of a labelling: the sum over all its alignments.
 * @param rows log probabilities [T, C]
 * @returns -Infinity where the labelling does not fit into T frames
 * @see https://www.cs.toronto.edu/~graves/icml_2006.pdf, section 4.1
 */
export function ctcLogProbability(
  rows: ArrayLike<number>,
  classes: number,
  labels: readonly number[],
  blank: number,
): number {
  const frames = Math.floor(rows.length / classes);
  const chain = extended(labels, blank);
  return endScore(forwardScores(rows, classes, frames, chain), frames, chain.of.length);
}

/** One label of an alignment. */
export interface AlignedLabel {
  readonly label: number;
  /** Where the label stands: the mean of the frames it takes over all alignments; frame t spans [t, t + 1]. */
  readonly center: number;
  /** Frames that the label takes, in the mean. */
  readonly frames: number;
  /**
   * Probability of each class in this place, the other labels given, [C]; at the blank that of no label there. They sum
   * to 1; classes below 0.01 % in every frame of the place count as 0.
   */
  readonly places: Float64Array;
}

/** How the frames share out among the labels of a labelling. */
export interface Alignment {
  readonly labels: readonly AlignedLabel[];
  readonly logProbability: number;
}

const UNLIKELY = Math.log(1e-4);

/**
 * Soft forced alignment of a labelling by the CTC forward-backward algorithm.
 * @param rows log probabilities [T, C]
 * @returns no labels where the labelling does not fit into T frames
 */
export function alignLabels(
  rows: ArrayLike<number>,
  classes: number,
  labels: readonly number[],
  blank: number,
): Alignment {
  const l = lattice(rows, classes, labels, blank);
  const { frames, states, forward, backward, logProbability } = l;
  if (logProbability === NEVER) return { labels: [], logProbability };
  // What a frame gives to a state over all alignments.
  const shares = forward.map((v, k) => Math.exp(v + backward[k] - logProbability));
  const aligned = labels.map((label, i): AlignedLabel => {
    const s = 2 * i + 1;
    let total = 0;
    let moment = 0;
    let first = frames;
    let last = -1;
    for (let t = 0; t < frames; t++) {
      const at = t * states + s;
      total += shares[at];
      moment += shares[at] * (t + 0.5);
      if (shares[at - 1] + shares[at] + shares[at + 1] > 1e-4) {
        first = Math.min(first, t);
        last = t;
      }
    }
    return { label, center: moment / total, frames: total, places: places(l, i, first, last) };
  });
  return { labels: aligned, logProbability };
}

/** Probability of every class in place `i`, the other labels given, over the frames that the place and the blanks beside it take. */
function places(l: Lattice, i: number, first: number, last: number): Float64Array {
  const { rows, classes, blank, labels, frames, states, forward, backward } = l;
  const s = 2 * i + 1;
  const isLast = i + 1 === labels.length;
  const logs = new Float64Array(classes).fill(NEVER);
  // Into the place: from the blank before it, or from the label before unless it is the same.
  const enter = (t: number, c: number): number => {
    if (t === 0) return i === 0 ? 0 : NEVER;
    const at = (t - 1) * states + s;
    return i > 0 && labels[i - 1] !== c ? logAdd(forward[at - 1], forward[at - 2]) : forward[at - 1];
  };
  // Out of it, after frame t - 1: likewise.
  const leave = (t: number, c: number): number => {
    if (t === frames) return isLast ? 0 : NEVER;
    const at = t * states + s;
    const rest = backward[at + 1] + rows[t * classes + blank];
    if (isLast || labels[i + 1] === c) return rest;
    return logAdd(rest, backward[at + 2] + rows[t * classes + labels[i + 1]]);
  };
  for (let c = 0; c < classes; c++) {
    if (c === blank) continue;
    let most = NEVER;
    for (let t = first; t <= last; t++) most = Math.max(most, rows[t * classes + c]);
    if (c !== labels[i] && most < UNLIKELY) continue;
    let inside = NEVER;
    for (let t = first; t <= last; t++) {
      inside = logAdd(inside, enter(t, c)) + rows[t * classes + c];
      if (inside > NEVER) logs[c] = logAdd(logs[c], inside + leave(t + 1, c));
    }
  }
  logs[blank] = withoutLabel(l, i);
  let total = NEVER;
  for (const v of logs) total = logAdd(total, v);
  return logs.map((v) => Math.exp(v - total));
}

/** Log probability of the labelling without label `i`: what comes before it joined to what comes after. */
function withoutLabel(l: Lattice, i: number): number {
  const { rows, classes, labels, frames, states, forward, backward } = l;
  const s = 2 * i + 1;
  if (i + 1 === labels.length) {
    const end = (frames - 1) * states + s;
    return i === 0 ? forward[end - 1] : logAdd(forward[end - 1], forward[end - 2]);
  }
  const next = labels[i + 1];
  let total = NEVER;
  for (let t = 0; t < frames; t++) {
    const at = (t - 1) * states + s;
    let before = t === 0 ? (i === 0 ? 0 : NEVER) : forward[at - 1];
    if (t > 0 && i > 0 && labels[i - 1] !== next) before = logAdd(before, forward[at - 2]);
    total = logAdd(total, before + rows[t * classes + next] + backward[t * states + s + 2]);
  }
  return total;
}
