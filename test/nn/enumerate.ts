import { random } from '../../src/check/random.ts';
import { logSoftmaxRows } from '../../src/nn/index.ts';

/** Probability of every labelling, summed over all C^T paths; keys are the labels joined by commas. */
export function enumerate(rows: ArrayLike<number>, T: number, C: number, blank: number): Map<string, number> {
  const total = new Map<string, number>();
  for (let path = 0; path < C ** T; path++) {
    const labels: number[] = [];
    let before = blank;
    let log = 0;
    for (let t = 0; t < T; t++) {
      const c = Math.floor(path / C ** t) % C;
      log += rows[t * C + c];
      if (c !== blank && c !== before) labels.push(c);
      before = c;
    }
    total.set(labels.join(), (total.get(labels.join()) ?? 0) + Math.exp(log));
  }
  return total;
}

/** Log probabilities [T, C] of random logits. */
export function draw(T: number, C: number, seed: number, deviation = 2): Float64Array {
  const rng = random(seed);
  return logSoftmaxRows(
    Float64Array.from({ length: T * C }, () => deviation * rng.normal()),
    C,
  );
}
