import { logAdd, NEVER } from './ctc-align.ts';

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

/** A prefix, by its last label; its probability is parted by whether the last frame was a blank. */
class Prefix {
  blank = NEVER;
  label = NEVER;
  nextBlank = NEVER;
  nextLabel = NEVER;
  total = NEVER;
  private readonly children = new Map<number, Prefix>();

  constructor(
    readonly parent: Prefix | undefined,
    readonly last: number,
  ) {}

  peek(label: number): Prefix | undefined {
    return this.children.get(label);
  }

  child(label: number): Prefix {
    let c = this.children.get(label);
    if (!c) {
      c = new Prefix(this, label);
      this.children.set(label, c);
    }
    return c;
  }

  /** Takes over what the frame brought. */
  step(): void {
    this.blank = this.nextBlank;
    this.label = this.nextLabel;
    this.total = logAdd(this.blank, this.label);
    this.nextBlank = NEVER;
    this.nextLabel = NEVER;
  }

  /** What falls out of the beam and comes back starts anew. */
  forget(): void {
    this.blank = NEVER;
    this.label = NEVER;
    this.total = NEVER;
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
  root.total = 0;
  let beam = [root];
  for (let t = 0; t < frames; t++) {
    const row = t * classes;
    const touched = new Set<Prefix>(beam);
    // Where the beam is full, what is likelier than all that stay by a blank alone is enough: the rest cannot get in.
    let least = beam.length < beamWidth ? NEVER : Number.POSITIVE_INFINITY;
    for (const p of beam) {
      p.nextBlank = p.total + logProbabilities[row + blank];
      if (p.parent) p.nextLabel = logAdd(p.nextLabel, p.label + logProbabilities[row + p.last]);
      least = Math.min(least, p.nextBlank);
    }
    for (const p of beam) {
      const prefix = allow && p.labels();
      for (let c = 0; c < classes; c++) {
        if (c === blank) continue;
        // A label twice in a row needs a blank between, or it is one label.
        const score = (c === p.last ? p.blank : p.total) + logProbabilities[row + c];
        if (score === NEVER) continue;
        // A prefix in the beam takes whatever comes; any other has this one source.
        if (score < least && !((p.peek(c)?.total ?? NEVER) > NEVER)) continue;
        if (allow && prefix && !allow(prefix, c)) continue;
        const child = p.child(c);
        child.nextLabel = logAdd(child.nextLabel, score);
        touched.add(child);
      }
    }
    const ranked = [...touched];
    for (const p of ranked) p.step();
    ranked.sort((a, b) => b.total - a.total);
    for (const p of ranked.splice(beamWidth)) p.forget();
    beam = ranked.filter((p) => p.total > NEVER);
  }
  const readings = beam.map((p) => ({ labels: p.labels(), logProbability: p.total }));
  return readings.filter((r) => complete?.(r.labels) ?? true).slice(0, topK);
}
