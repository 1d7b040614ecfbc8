import { FormatError } from '../gpu/index.ts';
import type { GreyImage } from '../ocr/index.ts';
import { type Analysis, analyse, type LabelRow, type SizedLabel, type SkippedRow } from '../train/data/index.ts';
import { writeAtomically } from '../train/files.node.ts';
import { analysisPage } from './analyze-page.ts';
import { type OpenSet, openSet, type Split } from './dataset.ts';
import { percent } from './html/index.ts';
import type { Io } from './io.ts';
import type { ExitCode } from './report.ts';
import { checkStrict, countKinds, reportRemarks, reportSkipped } from './skipped.ts';

export interface AnalyzeFlags {
  split: Split;
  report?: string;
  json?: boolean;
  strict?: boolean;
}

/** A picture of the sample sheet. */
export interface Sample {
  readonly label: string;
  readonly image: GreyImage;
}

const SAMPLES = 40;

/** Runs `lexel analyze`. @throws DataError, FormatError where the set cannot be read or has no row */
export async function analyze(path: string, flags: AnalyzeFlags, io: Io): Promise<ExitCode> {
  const set = await openSet(path, flags.split);
  try {
    const skipped = [...set.skipped];
    const sized = await sizes(set, skipped);
    reportRemarks(set.list, set.remarks, io);
    reportSkipped(set.list, skipped, io);
    if (flags.strict) checkStrict(set.list, skipped);
    if (sized.length === 0)
      throw new FormatError(`${set.list}: expected pictures with labels, got none (${skipped.length} left out)`, {
        hint: 'A line is: path, tab, label.',
      });
    const analysis = analyse(sized);
    const left = Object.fromEntries(countKinds(skipped));
    if (flags.report !== undefined) {
      writeAtomically(flags.report, analysisPage(set.list, analysis, skipped, await samples(set)));
      io.err(`lexel: report in ${flags.report}\n`);
    }
    io.out(
      flags.json
        ? `${JSON.stringify({ list: set.list, ...analysis, skipped: left, remarks: set.remarks })}\n`
        : asText(set.list, analysis, skipped),
    );
    return 0;
  } finally {
    await set.close();
  }
}

/** Sizes as the list has them; where it has none, those of the pictures. */
async function sizes(set: OpenSet, skipped: SkippedRow[]): Promise<SizedLabel[]> {
  const known = (r: LabelRow): r is LabelRow & SizedLabel => r.height !== undefined && r.width !== undefined;
  const sized: SizedLabel[] = set.rows.filter(known);
  for await (const got of set.pictures(set.rows.filter((r) => !known(r)))) {
    if ('bad' in got) skipped.push(got.bad);
    else sized.push({ label: got.row.label, height: got.image.height, width: got.image.width });
  }
  return sized;
}

/** Pictures from all over the list. */
async function samples(set: OpenSet): Promise<Sample[]> {
  const step = Math.max(1, set.rows.length / SAMPLES);
  const rows = Array.from({ length: Math.min(SAMPLES, set.rows.length) }, (_, i) => set.rows[Math.floor(i * step)]);
  const found: Sample[] = [];
  for await (const got of set.pictures(rows)) {
    if ('image' in got) found.push({ label: got.row.label, image: got.image });
  }
  return found;
}

function asText(list: string, a: Analysis, skipped: readonly SkippedRow[]): string {
  const share = (n: number) => percent(n / a.images, 2);
  const row = (name: string, pick: (p: Analysis['percentiles'][number]) => number) =>
    `${name.padEnd(18)}${a.percentiles.map((p) => String(pick(p)).padStart(5)).join('')}`;
  const { height, width, stepsNeeded } = a.recommended;
  return `${[
    `list              ${list}`,
    `images            ${a.images} (${skipped.length} left out)`,
    `unique words      ${a.uniqueLabels}`,
    `with digits       ${a.withDigits} (${percent(a.withDigits / a.images, 4)})`,
    row('percentile', (p) => p.percent),
    row('height', (p) => p.height),
    row('width', (p) => p.width),
    `lengths           ${a.lengths.map(([l, n]) => `${l}: ${share(n)}`).join('  ')}`,
    `commonest lengths ${a.commonest.map(([l, n]) => `${l} (${n})`).join('  ')}`,
    `letters           ${a.letters.map(([c, n]) => `${c} ${n}`).join('  ')}`,
    `input size        ${height} x ${width} (the longest label needs ${stepsNeeded} time steps)`,
  ].join('\n')}\n`;
}
