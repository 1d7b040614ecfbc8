import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ArgumentError, FormatError } from '../gpu/index.ts';
import { createRecognizer, PAGE_MODEL } from '../ocr/index.ts';
import type { EvalFlags } from './eval-run.ts';
import type { Io } from './io.ts';
import { loadLanguageModel, loadLexicon } from './lexicon.ts';
import { addScores, type PageScore, scorePage, type TrueLine } from './page-score.ts';
import type { ExitCode } from './report.ts';

/** As those of other sets, but that the model is the one that reads pages where none is given. */
export type PagesFlags = Omit<EvalFlags, 'model'> & { readonly model?: readonly string[] };

interface TruePage {
  readonly file: string;
  /** What the page is like, and what was done to it: scores are given by both. */
  readonly kind: string;
  readonly effect: string;
  readonly lines: readonly TrueLine[];
}

function readTruth(folder: string): TruePage[] {
  const path = join(folder, 'pages.json');
  const bad = (cause: unknown) =>
    new FormatError(`${path}: expected the lines of the pages in this folder`, {
      hint: 'Draw some: npm run pages:draw -- --out DIR.',
      cause,
    });
  try {
    const pages = JSON.parse(readFileSync(path, 'utf8')) as TruePage[];
    if (!Array.isArray(pages) || pages.length === 0 || pages.some((p) => !Array.isArray(p.lines)))
      throw bad('no list of pages');
    return pages;
  } catch (cause) {
    throw cause instanceof FormatError ? cause : bad(cause);
  }
}

/** Runs `lexel eval DIR --pages`. @throws LexelError when folder or model cannot be used. */
export async function evaluatePages(folder: string, flags: PagesFlags, io: Io): Promise<ExitCode> {
  const pages = readTruth(folder);
  const { beamWidth, outsideFactor, lexicon: name, languageModel: named, views } = flags;
  if ((flags.model?.length ?? 0) > 1)
    throw new ArgumentError(`eval: expected one model for pages, got ${flags.model?.length}`, {
      hint: 'Run it once for each.',
    });
  const lexicon = name === undefined ? undefined : await loadLexicon(name);
  await using ocr = await createRecognizer({
    model: flags.model?.[0] ?? PAGE_MODEL,
    precision: flags.precision,
  });
  const languageModel = named === undefined ? undefined : await loadLanguageModel(named, ocr.info.alphabet);
  const decode = { beamWidth, outsideFactor, lexicon, languageModel, views };
  const results: (TruePage & { score: PageScore; segmentMs: number; readMs: number })[] = [];
  for (const page of pages) {
    const { lines, timing } = await ocr.readPage(join(folder, page.file), decode);
    results.push({ ...page, score: scorePage(page.lines, lines), ...timing });
    if (flags.readings) for (const line of lines) io.out(`${page.file}\t${line.text}\t${line.confidence.toFixed(4)}\n`);
  }
  const rows = [
    ...groups(results, (p) => p.kind),
    ...groups(results, (p) => p.effect),
    { name: 'all', pages: results.length, score: addScores(results.map((p) => p.score)) },
  ];
  const ms = (key: 'segmentMs' | 'readMs') => results.reduce((sum, p) => sum + p[key], 0);
  const speed = {
    segmentMs: ms('segmentMs') / results.length,
    readMsPerLine: ms('readMs') / Math.max(1, rows[rows.length - 1].score.lines),
  };
  if (flags.json) {
    const all = rows.map(({ name, pages, score }) => ({ name, pages, ...score, ...shares(score) }));
    io.out(
      `${JSON.stringify({ data: folder, model: ocr.info.name, adapter: ocr.adapter.description, rows: all, ...speed })}\n`,
    );
    return 0;
  }
  io.out(`${['', 'pages', 'lines', 'found', 'in order', 'spurious', 'exact', 'CER', 'right'].map(cell).join('')}\n`);
  for (const { name, pages, score } of rows) {
    const s = shares(score);
    const values = [
      name,
      pages,
      score.lines,
      percent(s.found),
      percent(s.inOrder),
      score.spurious,
      percent(s.exact),
      percent(s.cer),
      percent(1 - s.cer),
    ];
    io.out(`${values.map(cell).join('')}\n`);
  }
  io.out(
    `segmentation ${speed.segmentMs.toFixed(0)} ms a page, reading ${speed.readMsPerLine.toFixed(0)} ms a line on ${ocr.adapter.description}\n`,
  );
  return 0;
}

function groups<T extends { score: PageScore }>(all: readonly T[], key: (p: T) => string) {
  return [...new Set(all.map(key))].map((name) => {
    const own = all.filter((p) => key(p) === name).map((p) => p.score);
    return { name, pages: own.length, score: addScores(own) };
  });
}

function shares(s: PageScore) {
  return {
    found: s.found / Math.max(1, s.lines),
    inOrder: s.inOrder / Math.max(1, s.pairs),
    exact: s.exact / Math.max(1, s.lines),
    cer: s.edits / Math.max(1, s.characters),
  };
}

const percent = (v: number): string => `${(100 * v).toFixed(2)} %`;
const cell = (v: string | number): string => String(v).padEnd(11);
