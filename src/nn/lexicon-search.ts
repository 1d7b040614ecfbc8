import type { BeamReading } from './beam.ts';
import { logAdd, NEVER } from './ctc-align.ts';
import { Heap } from './heap.ts';
import type { Lexicon } from './lexicon.ts';

export interface LexiconSearchOptions {
  /** Words returned, best first. Default 1. */
  readonly topK?: number;
  /** Words less likely than this share of the best one are not looked for: they cost the most. Default 0, all words. */
  readonly cutoff?: number;
}

/** A prefix of words. */
interface Prefix {
  readonly node: number;
  readonly parent: Prefix | undefined;
  /** Log probability of all paths that spell the prefix and then anything: no word below it has more. */
  readonly bound: number;
  /** Its forward scores, once it has been extended. */
  scores: Float64Array;
}

/**
 * The two ways to hold the forward scores of a prefix, [2, T + 1]: the first t frames spell it, ending in a blank (or with nothing
 * yet), and ending in its last label.
 */
interface Arithmetic {
  /** Scores of the empty prefix: blanks so far. */
  root(out: Float64Array): void;
  /** Log of the sum over t of a label's score in frame t after a prefix; `repeats` where it is the prefix's last label again. */
  bound(prefix: Float64Array, label: number, repeats: boolean): number;
  /** Scores of a prefix from its parent's. */
  extend(parent: Float64Array, label: number, repeats: boolean, out: Float64Array): void;
  /** Log of the score of a whole word. */
  end(word: Float64Array): number;
}

/** As probabilities: plain sums and products. Good until a word's probability falls below 1e-300. */
function plain(logRows: ArrayLike<number>, classes: number, blank: number, frames: number): Arithmetic {
  const rows = Float64Array.from(logRows, Math.exp);
  const half = frames + 1;
  return {
    root(out) {
      out.fill(0);
      out[0] = 1;
      for (let t = 0; t < frames; t++) out[t + 1] = out[t] * rows[t * classes + blank];
    },
    bound(prefix, label, repeats) {
      let sum = 0;
      for (let t = 0, at = label; t < frames; t++, at += classes)
        sum += (repeats ? prefix[t] : prefix[t] + prefix[half + t]) * rows[at];
      return Math.log(sum);
    },
    extend(parent, label, repeats, out) {
      let inBlank = 0;
      let inLabel = 0;
      out[0] = 0;
      out[half] = 0;
      for (let t = 0, at = 0; t < frames; t++, at += classes) {
        const enter = repeats ? parent[t] : parent[t] + parent[half + t];
        inBlank = (inBlank + inLabel) * rows[at + blank];
        inLabel = (inLabel + enter) * rows[at + label];
        out[t + 1] = inBlank;
        out[half + t + 1] = inLabel;
      }
    },
    end: (word) => Math.log(word[frames] + word[half + frames]),
  };
}

/** As logs: for words that no double can hold, ten times slower. */
function logs(rows: ArrayLike<number>, classes: number, blank: number, frames: number): Arithmetic {
  const half = frames + 1;
  return {
    root(out) {
      out.fill(NEVER);
      out[0] = 0;
      for (let t = 0; t < frames; t++) out[t + 1] = out[t] + rows[t * classes + blank];
    },
    bound(prefix, label, repeats) {
      let sum = NEVER;
      for (let t = 0, at = label; t < frames; t++, at += classes)
        sum = logAdd(sum, (repeats ? prefix[t] : logAdd(prefix[t], prefix[half + t])) + rows[at]);
      return sum;
    },
    extend(parent, label, repeats, out) {
      let inBlank = NEVER;
      let inLabel = NEVER;
      out[0] = NEVER;
      out[half] = NEVER;
      for (let t = 0, at = 0; t < frames; t++, at += classes) {
        const enter = repeats ? parent[t] : logAdd(parent[t], parent[half + t]);
        inBlank = logAdd(inBlank, inLabel) + rows[at + blank];
        inLabel = logAdd(inLabel, enter) + rows[at + label];
        out[t + 1] = inBlank;
        out[half + t + 1] = inLabel;
      }
    },
    end: (word) => logAdd(word[frames], word[half + frames]),
  };
}

/** Probabilities below this (as logs) have lost digits, or everything. */
const UNDERFLOW = -640;

/**
 * The likeliest words of a lexicon under CTC, each summed over all its alignments. Exact, not a beam: prefixes are taken
 * best first by an upper bound of every word below them, until no other can hold a better word than those found.
 * @param rows log probabilities [T, C] over the classes of the lexicon's alphabet
 * @returns best first; fewer than `topK` where fewer words fit into T frames and above the cutoff
 * @see https://www.cs.toronto.edu/~graves/icml_2006.pdf, section 3.2, prefix search
 */
export function lexiconSearch(
  rows: ArrayLike<number>,
  lexicon: Lexicon,
  options: LexiconSearchOptions = {},
): BeamReading[] {
  const { classes, blank } = lexicon.alphabet;
  const frames = Math.floor(rows.length / classes);
  const found = search(plain(rows, classes, blank, frames), frames, lexicon, options);
  const lost = found.length === 0 || found[found.length - 1].logProbability < UNDERFLOW;
  // Words may also be missing because no double held them; not where the cutoff leaves them out.
  const short = !options.cutoff && found.length < Math.min(options.topK ?? 1, lexicon.size);
  return lost || short ? search(logs(rows, classes, blank, frames), frames, lexicon, options) : found;
}

function search(
  arithmetic: Arithmetic,
  frames: number,
  lexicon: Lexicon,
  options: LexiconSearchOptions,
): BeamReading[] {
  const { topK = 1, cutoff = 0 } = options;
  const { children, labels, ends } = lexicon;
  const slack = Math.log(cutoff);
  const found: { readonly prefix: Prefix; readonly logProbability: number }[] = [];
  /** Nothing at or below this is of interest any more. */
  const least = (): number => {
    if (found.length === 0) return NEVER;
    const worst = found.length < topK ? NEVER : found[found.length - 1].logProbability;
    return Math.max(worst, found[0].logProbability + slack);
  };
  const take = slots(2 * (frames + 1));
  const queue = new Heap<Prefix>((p) => p.bound);
  queue.push({ node: 0, parent: undefined, bound: 0, scores: NOTHING });
  for (let p = queue.pop(); p && p.bound > least(); p = queue.pop()) {
    const { node, parent } = p;
    p.scores = take();
    if (parent) arithmetic.extend(parent.scores, labels[node], isRepeat(parent, labels[node], labels), p.scores);
    else arithmetic.root(p.scores);
    if (ends[node]) {
      const logProbability = arithmetic.end(p.scores);
      if (logProbability > least()) {
        const at = found.findIndex((f) => f.logProbability < logProbability);
        found.splice(at < 0 ? found.length : at, 0, { prefix: p, logProbability });
        if (found.length > topK) found.pop();
      }
    }
    const floor = least();
    for (let n = children[node]; n < children[node + 1]; n++) {
      const bound = arithmetic.bound(p.scores, labels[n], isRepeat(p, labels[n], labels));
      if (bound > floor) queue.push({ node: n, parent: p, bound, scores: NOTHING });
    }
  }
  // Those found before a much better one.
  const end = least();
  return found
    .filter((f, i) => i === 0 || f.logProbability >= end)
    .map(({ prefix, logProbability }) => ({ labels: spelling(prefix, labels), logProbability }));
}

const NOTHING = new Float64Array(0);

function isRepeat(prefix: Prefix, label: number, labels: Uint16Array): boolean {
  return prefix.parent !== undefined && labels[prefix.node] === label;
}

/** Hands out arrays of one length, cut from large ones: thousands of small ones would cost more than the sums in them. */
function slots(length: number): () => Float64Array {
  const each = 256;
  let block = NOTHING;
  let used = each;
  return () => {
    if (used === each) {
      block = new Float64Array(each * length);
      used = 0;
    }
    used++;
    return block.subarray((used - 1) * length, used * length);
  };
}

function spelling(prefix: Prefix, labels: Uint16Array): number[] {
  const out: number[] = [];
  for (let p = prefix; p.parent; p = p.parent) out.push(labels[p.node]);
  return out.reverse();
}
