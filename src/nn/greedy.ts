/** One greedy (best path) reading: the classes, and for each the time step and probability of its peak. */
export interface GreedyPath {
  readonly classes: number[];
  readonly steps: number[];
  readonly probabilities: number[];
  /** Product over all time steps of the best class's probability. */
  readonly confidence: number;
}

/**
 * Best path decoding (Graves et al. 2006): the best class of each step, repeats collapsed, blanks dropped.
 * @param logits [T, N, C]
 * @param n which item of the batch.
 * @param first time steps before it are ignored (the study drops two).
 */
export function greedyDecode(
  logits: Float32Array,
  shape: readonly [number, number, number],
  n: number,
  blank: number,
  first = 0,
): GreedyPath {
  const [T, N, C] = shape;
  const classes: number[] = [];
  const steps: number[] = [];
  const probabilities: number[] = [];
  let logConfidence = 0;
  let before = blank;
  for (let t = first; t < T; t++) {
    const at = (t * N + n) * C;
    let best = 0;
    for (let c = 1; c < C; c++) if (logits[at + c] > logits[at + best]) best = c;
    let total = 0;
    for (let c = 0; c < C; c++) total += Math.exp(logits[at + c] - logits[at + best]);
    const p = 1 / total;
    logConfidence += Math.log(p);
    if (best !== blank) {
      if (best !== before) {
        classes.push(best);
        steps.push(t);
        probabilities.push(p);
      } else if (p > probabilities[probabilities.length - 1]) {
        probabilities[probabilities.length - 1] = p;
        steps[steps.length - 1] = t;
      }
    }
    before = best;
  }
  return { classes, steps, probabilities, confidence: Math.exp(logConfidence) };
}
