import { logAdd, NEVER } from './ctc-align.ts';

/** A labelling and the log of its probability, summed over the alignments that the search kept. */
export interface BeamReading {
  readonly labels: readonly number[];
  readonly logProbability: number;
  /** What it is ranked by where there is a scorer: its log probability and the scorer's bonus. */
  readonly score?: number;
}

/** Where a scorer stands after a prefix. */
export interface PrefixState {
  /** Added to the prefix's log probability when prefixes are ranked. */
  readonly bonus: number;
}

/** What a language model has to say of prefixes. */
export interface PrefixScorer {
  readonly root: PrefixState;
  /** The most that a further label may add to the bonus. */
  readonly most: number;
  extend(state: PrefixState, label: number): PrefixState;
  /** The bonus of a prefix that is the whole reading. */
  finish(state: PrefixState): number;
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
  /** Ranks prefixes by more than their probability: a language model. */
  readonly scorer?: PrefixScorer;
  /** Labels whose log probability in a frame is below this are not tried there. Default -Infinity: all are. */
  readonly cutoff?: number;
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
    readonly state?: PrefixState,
  ) {}

  /** What the scorer adds. */
  get bonus(): number {
    return this.state?.bonus ?? 0;
  }

  peek(label: number): Prefix | undefined {
    return this.children.get(label);
  }

  child(label: number, scorer?: PrefixScorer): Prefix {
    let c = this.children.get(label);
    if (!c) {
      c = new Prefix(this, label, scorer && this.state && scorer.extend(this.state, label));
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
 * @see https://www.cs.toronto.edu/~graves/icml_2006.pdf, section 3.2; Hannun 2014, arXiv:1408.2873, algorithm 1, also for the scorer
 */
export function beamSearch(
  logProbabilities: ArrayLike<number>,
  classes: number,
  options: BeamOptions = {},
): BeamReading[] {
  const { beamWidth = 16, topK = 1, blank = 0, allow, complete, scorer, cutoff = NEVER } = options;
  const frames = classes === 0 ? 0 : Math.floor(logProbabilities.length / classes);
  const root = new Prefix(undefined, -1, scorer?.root);
  const most = scorer?.most ?? 0;
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
      least = Math.min(least, p.nextBlank + p.bonus);
    }
    for (const p of beam) {
      const prefix = allow && p.labels();
      for (let c = 0; c < classes; c++) {
        if (c === blank) continue;
        // A label twice in a row needs a blank between, or it is one label.
        const frame = logProbabilities[row + c];
        const score = (c === p.last ? p.blank : p.total) + frame;
        if (score === NEVER || frame < cutoff) continue;
        // A prefix in the beam takes whatever comes; any other has this one source.
        if (score + p.bonus + most < least && !((p.peek(c)?.total ?? NEVER) > NEVER)) continue;
        if (allow && prefix && !allow(prefix, c)) continue;
        const child = p.child(c, scorer);
        child.nextLabel = logAdd(child.nextLabel, score);
        touched.add(child);
      }
    }
    const ranked = [...touched];
    for (const p of ranked) p.step();
    ranked.sort((a, b) => b.total + b.bonus - a.total - a.bonus);
    for (const p of ranked.splice(beamWidth)) p.forget();
    beam = ranked.filter((p) => p.total > NEVER);
  }
  const readings: BeamReading[] = beam.map((p) => ({
    labels: p.labels(),
    logProbability: p.total,
    ...(scorer && p.state && { score: p.total + scorer.finish(p.state) }),
  }));
  if (scorer) readings.sort((a, b) => (b.score ?? 0) - (a.score ?? 0));
  return readings.filter((r) => complete?.(r.labels) ?? true).slice(0, topK);
}
