/** A labelling and the log of its probability, summed over the alignments that the search kept. */
export interface BeamReading {
  readonly labels: readonly number[];
  readonly logProbability: number;
}

export interface BeamOptions {
  /** Prefixes kept after each frame. Default 16; with as many as there are prefixes the search is exact. */
  readonly beamWidth?: number;
  /** Readings returned, best first. Default 1. */
  readonly topK?: number;
  /** The class that means "no letter". Default 0. */
  readonly blank?: number;
  /** Whether `label` may follow the prefix: a lexicon's trie. Default: always. */
  readonly allow?: (prefix: readonly number[], label: number) => boolean;
  /** Whether a prefix may be the whole reading. Default: always. */
  readonly complete?: (prefix: readonly number[]) => boolean;
}

const NEVER = Number.NEGATIVE_INFINITY;

/** log(e^a + e^b) */
function logAdd(a: number, b: number): number {
  if (a === NEVER) return b;
  if (b === NEVER) return a;
  return a > b ? a + Math.log1p(Math.exp(b - a)) : b + Math.log1p(Math.exp(a - b));
}

/** A prefix, by its last label; its probability is parted by whether the last frame was a blank. */
class Prefix {
  blank = NEVER;
  label = NEVER;
  nextBlank = NEVER;
  nextLabel = NEVER;
  private readonly children = new Map<number, Prefix>();

  constructor(
    readonly parent: Prefix | undefined,
    readonly last: number,
  ) {}

  get total(): number {
    return logAdd(this.blank, this.label);
  }

  child(label: number): Prefix {
    let c = this.children.get(label);
    if (!c) {
      c = new Prefix(this, label);
      this.children.set(label, c);
    }
    return c;
  }

  labels(): number[] {
    const out: number[] = [];
    for (let p: Prefix | undefined = this; p?.parent; p = p.parent) out.push(p.last);
    return out.reverse();
  }
}

/**
 * CTC prefix beam search in log space: sums over all alignments of a prefix, unlike the best path.
 * @param logProbabilities [T, C], one row a frame; see `logSoftmaxRows` for logits.
 * @param classes C
 * @returns at most `topK` readings, best first; none where `complete` refuses all that were kept.
 * @see https://www.cs.toronto.edu/~graves/icml_2006.pdf, section 3.2; Hannun 2014, arXiv:1408.2873, algorithm 1
 */
export function beamSearch(
  logProbabilities: ArrayLike<number>,
  classes: number,
  options: BeamOptions = {},
): BeamReading[] {
  const { beamWidth = 16, topK = 1, blank = 0, allow, complete } = options;
  const frames = classes === 0 ? 0 : Math.floor(logProbabilities.length / classes);
  const root = new Prefix(undefined, -1);
  root.blank = 0;
  let beam = [root];
  for (let t = 0; t < frames; t++) {
    const row = t * classes;
    const touched = new Set<Prefix>(beam);
    for (const p of beam) {
      const { total } = p;
      p.nextBlank = logAdd(p.nextBlank, total + logProbabilities[row + blank]);
      if (p.parent) p.nextLabel = logAdd(p.nextLabel, p.label + logProbabilities[row + p.last]);
      const prefix = allow && p.labels();
      for (let c = 0; c < classes; c++) {
        if (c === blank || (allow && prefix && !allow(prefix, c))) continue;
        // A label twice in a row needs a blank between, or it is one label.
        const from = c === p.last ? p.blank : total;
        if (from === NEVER) continue;
        const child = p.child(c);
        child.nextLabel = logAdd(child.nextLabel, from + logProbabilities[row + c]);
        touched.add(child);
      }
    }
    for (const p of touched) {
      p.blank = p.nextBlank;
      p.label = p.nextLabel;
      p.nextBlank = NEVER;
      p.nextLabel = NEVER;
    }
    const ranked = [...touched].filter((p) => p.total > NEVER).sort((a, b) => b.total - a.total);
    // What falls out and comes back starts anew.
    for (const p of ranked.slice(beamWidth)) {
      p.blank = NEVER;
      p.label = NEVER;
    }
    beam = ranked.slice(0, beamWidth);
  }
  const readings = beam.map((p) => ({ labels: p.labels(), logProbability: p.total }));
  return readings.filter((r) => complete?.(r.labels) ?? true).slice(0, topK);
}

/** Rows of logits [T, C] to log probabilities. */
export function logSoftmaxRows(logits: ArrayLike<number>, classes: number): Float64Array {
  const out = Float64Array.from(logits);
  for (let at = 0; at < out.length; at += classes) {
    const row = out.subarray(at, at + classes);
    const most = row.reduce((a, b) => Math.max(a, b), NEVER);
    const total = row.reduce((sum, v) => sum + Math.exp(v - most), 0);
    const norm = most + Math.log(total);
    for (let c = 0; c < row.length; c++) row[c] -= norm;
  }
  return out;
}
