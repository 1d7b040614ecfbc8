/**
 * Best-path decoding: the most probable class of each frame (the first on a tie), runs collapsed to one, blanks dropped.
 * Source: Graves et al. 2006, section 3.2.
 */
import { type NdArray, ndarray } from './ndarray.ts';
import { argmax } from './reduce.ts';

/** logits [T, N, C], inputLengths [N] (absent: T) -> the labels of each item. */
export function ctcGreedy(logits: NdArray, inputLengths: NdArray | undefined, blank = 0): number[][] {
  const [steps, batch] = logits.shape;
  const best = argmax(logits, 2);
  return Array.from({ length: batch }, (_, n) => {
    const labels: number[] = [];
    let previous = blank;
    for (let t = 0; t < (inputLengths?.data[n] ?? steps); t++) {
      const label = best.data[t * batch + n];
      if (label !== blank && label !== previous) labels.push(label);
      previous = label;
    }
    return labels;
  });
}

/** The same as arrays: labels [N, T] padded with -1, and their number [N]. */
export function ctcGreedyPadded(
  logits: NdArray,
  inputLengths: NdArray | undefined,
  blank = 0,
): { labels: NdArray; lengths: NdArray } {
  const [steps, batch] = logits.shape;
  const decoded = ctcGreedy(logits, inputLengths, blank);
  const labels = ndarray([batch, steps]);
  labels.data.fill(-1);
  decoded.forEach((row, n) => {
    labels.data.set(row, n * steps);
  });
  return {
    labels,
    lengths: ndarray(
      [batch],
      decoded.map((row) => row.length),
    ),
  };
}
