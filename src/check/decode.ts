/**
 * `decode.json` of a conformance folder: greedy and beam search decoding. CONFORMANCE.md names the file and not its fields, so a case is
 * read by what it holds: scores as a tensor or as nested lists (logits, log_probs or probs, [T, C] or [T, N, C]) and the
 * expected label lists under a field that says greedy or beam.
 */
import { ctcGreedy, noGrad, Tensor } from '../autograd/index.ts';
import type { Device } from '../gpu/index.ts';
import { type BeamReading, beamSearch, logSoftmaxRows } from '../nn/index.ts';
import type { CaseReport } from './conform.ts';
import { ConformanceError, loadSuite, type ReadFile } from './conformance.ts';

type Json = Readonly<Record<string, unknown>>;

/** Scores of one item, as log probabilities [T, C]. */
interface Scores {
  readonly rows: Float64Array;
  readonly classes: number;
}

interface DecodeCase {
  readonly id: string;
  readonly op: string;
  /** The case's own fields and its attributes, in one. */
  readonly fields: Json;
  readonly tags: readonly string[];
  readonly tensors: Readonly<Record<string, { readonly shape: readonly number[]; readonly data: ArrayLike<number> }>>;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function firstOf(fields: Json, names: readonly string[]): unknown {
  for (const name of names) if (fields[name] !== undefined) return fields[name];
  return undefined;
}

/** A nested list as shape and values. */
function nested(value: unknown): { shape: number[]; data: number[] } | undefined {
  if (!Array.isArray(value)) return undefined;
  const shape: number[] = [];
  for (let v: unknown = value; Array.isArray(v); v = v[0]) shape.push(v.length);
  const data = value.flat(Number.POSITIVE_INFINITY).map(Number);
  return data.length === shape.reduce((a, b) => a * b, 1) ? { shape, data } : undefined;
}

const KINDS = [
  ['logits', 'x', 'input', 'scores'],
  ['log_probs', 'logprobs', 'log_probabilities', 'log_softmax'],
  ['probs', 'probabilities', 'softmax', 'p'],
] as const;

/** The scores of every item of a case. */
function scoresOf(c: DecodeCase): Scores[] | undefined {
  for (const [kind, names] of KINDS.entries())
    for (const name of names) {
      const found = c.tensors[name] ?? nested(c.fields[name]);
      if (!found) continue;
      const { shape, data } = found;
      const C = shape[shape.length - 1];
      const [T, N] = shape.length === 3 ? [shape[0], shape[1]] : [shape[0], 1];
      return Array.from({ length: N }, (_, n) => {
        const own = Float64Array.from({ length: T * C }, (_, i) => data[(Math.floor(i / C) * N + n) * C + (i % C)]);
        if (kind === 0) return { rows: logSoftmaxRows(own, C), classes: C };
        return { rows: kind === 2 ? own.map(Math.log) : own, classes: C };
      });
    }
  return undefined;
}

/** A reading in a case: a list of labels, a text over the case's alphabet, or an object or pair that holds one, with a score. */
function readingOf(value: unknown, alphabet: string | undefined): { labels: number[]; score?: number } | undefined {
  if (typeof value === 'string')
    return alphabet === undefined ? undefined : { labels: [...value].map((ch) => alphabet.indexOf(ch)) };
  if (Array.isArray(value)) {
    if (value.every((v) => typeof v === 'number')) return { labels: value };
    const inner = readingOf(value[0], alphabet);
    return inner && typeof value[1] === 'number' ? { labels: inner.labels, score: value[1] } : undefined;
  }
  if (!isObject(value)) return undefined;
  const inner = readingOf(firstOf(value, ['labels', 'sequence', 'ids', 'path', 'decoded', 'prefix', 'text']), alphabet);
  const log = firstOf(value, ['log_prob', 'logp', 'log_probability', 'logprob', 'score']);
  const p = firstOf(value, ['prob', 'probability', 'p']);
  const score = typeof log === 'number' ? log : typeof p === 'number' ? Math.log(p) : undefined;
  return inner && { labels: inner.labels, score };
}

/** What a case expects of each item, best first; undefined where it says nothing of this kind. */
function expectation(c: DecodeCase, names: readonly string[], items: number) {
  const found = firstOf(c.fields, names);
  if (found === undefined) return undefined;
  const alphabet = typeof c.fields.alphabet === 'string' ? c.fields.alphabet : undefined;
  const whole = readingOf(found, alphabet);
  if (whole && items === 1) return [[whole]];
  if (!Array.isArray(found)) return undefined;
  const list = found.map((v) => readingOf(v, alphabet));
  const single = list.flatMap((r) => (r ? [r] : []));
  if (single.length === found.length) return items === 1 ? [single] : single.map((r) => [r]);
  return found.map((v) => (Array.isArray(v) ? v.flatMap((w) => readingOf(w, alphabet) ?? []) : []));
}

const GREEDY = ['greedy', 'expected_greedy', 'greedy_labels', 'best_path', 'greedy_decoded'];
const BEAM = ['beam', 'expected_beam', 'beams', 'nbest', 'beam_search', 'prefix_beam', 'topk', 'top_k'];
const EITHER = ['expected', 'labels', 'decoded', 'output', 'outputs', 'result'];

async function greedy(device: Device, { rows, classes }: Scores, blank: number): Promise<number[]> {
  const T = rows.length / classes;
  const made = await device.step(() => {
    const x = Tensor.from(device, Float32Array.from(rows), [T, 1, classes]);
    const { labels, lengths } = noGrad(() => ctcGreedy(x, undefined, { blank }));
    return { labels, lengths };
  });
  const [labels, lengths] = await Promise.all([made.labels.read(), made.lengths.read()]);
  for (const t of Object.values(made)) t.dispose();
  return Array.from(labels.slice(0, lengths[0]));
}

/** Checks one case: greedy on the GPU, beam search on the host. */
async function check(device: Device, c: DecodeCase): Promise<Pick<CaseReport, 'verdict' | 'detail'>> {
  const scores = scoresOf(c);
  if (!scores) return { verdict: 'unsupported', detail: `${c.op}: no logits, log_probs or probs` };
  const blank = Number(c.fields.blank ?? 0);
  const beams = /beam/i.test(c.op);
  const wantGreedy = expectation(c, beams ? GREEDY : [...GREEDY, ...EITHER], scores.length);
  const wantBeam = expectation(c, beams ? [...BEAM, ...EITHER] : BEAM, scores.length);
  if (!wantGreedy && !wantBeam) return { verdict: 'unsupported', detail: `${c.op}: no expected labels found` };
  const width = Number(firstOf(c.fields, ['beam_width', 'width', 'beam_size', 'beamWidth']) ?? 64);
  for (const [n, s] of scores.entries()) {
    const want = wantGreedy?.[n]?.[0]?.labels;
    if (want) {
      const got = await greedy(device, s, blank);
      if (got.join() !== want.join())
        return { verdict: 'failed', detail: `item ${n}: greedy [${got}], expected [${want}]` };
    }
    const list = wantBeam?.[n];
    if (!list) continue;
    const got = beamSearch(s.rows, s.classes, { blank, beamWidth: Math.max(width, list.length), topK: list.length });
    const bad = compareBeams(got, list);
    if (bad) return { verdict: 'failed', detail: `item ${n}: ${bad}` };
  }
  return { verdict: 'passed' };
}

function compareBeams(
  got: readonly BeamReading[],
  want: readonly { labels: number[]; score?: number }[],
): string | undefined {
  for (const [k, { labels, score }] of want.entries()) {
    const own = got[k];
    if (own?.labels.join() !== labels.join()) return `beam ${k} [${own?.labels ?? 'none'}], expected [${labels}]`;
    if (score !== undefined && Math.abs(own.logProbability - score) > 1e-4 * Math.max(1, Math.abs(score)))
      return `beam ${k} has log probability ${own.logProbability}, expected ${score}`;
  }
  return undefined;
}

/** Cases beside a binary of tensors, or with everything inline. */
async function loadCases(dir: string, name: string, read: ReadFile): Promise<DecodeCase[]> {
  const path = `${dir}/${name}.json`;
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(await read(path)));
  } catch (cause) {
    throw new ConformanceError(path, 'is not valid JSON', { cause });
  }
  if (isObject(json) && typeof json.data === 'string') {
    const { cases } = await loadSuite(dir, name, read);
    return cases.map((c) => ({ ...c, fields: { ...c.raw, ...c.attrs } }));
  }
  const list = isObject(json) ? json.cases : json;
  if (!Array.isArray(list)) throw new ConformanceError(path, 'holds no list of cases');
  return list.map((value: unknown, i) => {
    const raw = isObject(value) ? value : {};
    const fields = { ...raw, ...(isObject(raw.attrs) ? raw.attrs : {}) };
    const tags = Array.isArray(raw.tags) ? raw.tags.map(String) : [];
    return {
      id: String(raw.id ?? raw.name ?? `${name}/${i}`),
      op: String(raw.op ?? raw.kind ?? 'decode'),
      fields,
      tags,
      tensors: {},
    };
  });
}

/** Runs every case of a decode file. @throws ConformanceError where it cannot be read */
export async function* runDecodeFile(
  device: Device,
  dir: string,
  suite: string,
  read: ReadFile,
): AsyncGenerator<CaseReport> {
  for (const c of await loadCases(dir, suite, read)) {
    const base = { suite, id: c.id, op: c.op, optional: c.tags.includes('optional') };
    yield { ...base, ...(await check(device, c)) };
  }
}
