import { type CsvRecord, parseCsv } from './csv.ts';
import { DataError } from './errors.ts';

/** One labelled image: path as written in the list, label as written, 1-based line. */
export interface LabelRow {
  readonly file: string;
  readonly label: string;
  readonly line: number;
  /** Pixels, where the list says them. */
  readonly height?: number;
  readonly width?: number;
}

/** Why a row is left out. */
export type SkipKind =
  | 'malformed'
  | 'no file name'
  | 'empty label'
  | 'duplicate'
  | 'outside alphabet'
  | 'cannot be aligned'
  | 'too long'
  | 'missing file'
  | 'broken image'
  | 'wrong label';

/** A row left out, and why. */
export interface SkippedRow {
  readonly line: number;
  readonly kind: SkipKind;
  readonly reason: string;
  /** The image, where the row names one. */
  readonly file?: string;
}

/** What is unusual about a list but read as it is meant; no row is lost by it. */
export interface Remark {
  readonly kind: 'byte order mark' | 'CRLF line ends' | 'quoted cells';
  /** First line that shows it. */
  readonly line: number;
  /** Lines that show it. */
  readonly count: number;
}

/** A read list: nothing is dropped without an entry in `skipped`. */
export interface LabelList {
  readonly rows: LabelRow[];
  readonly skipped: SkippedRow[];
  readonly remarks: Remark[];
}

const FILE_COLUMNS = ['imagename', 'image', 'file', 'filename', 'path'];
const LABEL_COLUMNS = ['label', 'text', 'word', 'words'];

/** Where a list's columns are; -1 for those that it lacks. */
interface Columns {
  readonly file: number;
  readonly label: number;
  readonly height: number;
  readonly width: number;
}

function columnsOf(header: readonly string[]): Columns | undefined {
  const names = header.map((name) => name.trim().toLowerCase());
  const file = names.findIndex((name) => FILE_COLUMNS.includes(name));
  const label = names.findIndex((name) => LABEL_COLUMNS.includes(name));
  if (file < 0 || label < 0) return undefined;
  return { file, label, height: names.indexOf('height'), width: names.indexOf('width') };
}

function pixels(cell: string | undefined): number | undefined {
  return cell !== undefined && /^[1-9]\d{0,5}$/.test(cell) ? Number(cell) : undefined;
}

/** Sorts records into rows and skipped rows. */
class Collector implements LabelList {
  readonly rows: LabelRow[] = [];
  readonly skipped: SkippedRow[] = [];
  readonly remarks: Remark[] = [];
  readonly #seen = new Map<string, { line: number; label: string }>();

  skip(line: number, kind: SkipKind, reason: string, file?: string): void {
    this.skipped.push({ line, kind, reason, file });
  }

  add(row: LabelRow): void {
    const { file, label, line } = row;
    const before = this.#seen.get(file);
    if (file === '') this.skip(line, 'no file name', 'no file name');
    else if (label === '') this.skip(line, 'empty label', 'empty label', file);
    else if (before !== undefined) {
      const as = before.label === label ? '' : ` as ${JSON.stringify(before.label)}, now as ${JSON.stringify(label)}`;
      this.skip(line, 'duplicate', `${file} stands on line ${before.line} already${as}`, file);
    } else {
      this.#seen.set(file, { line, label });
      this.rows.push(row);
    }
  }

  cells(record: CsvRecord, at: Columns): void {
    const { cells, line } = record;
    const file = cells[at.file];
    const label = cells[at.label];
    if (cells.length === 1 && cells[0] === '') this.skip(line, 'malformed', 'empty line');
    else if (record.open) this.skip(line, 'malformed', 'quote never closed');
    else if (file === undefined || label === undefined) this.skip(line, 'malformed', 'too few columns', file);
    else this.add({ file, label, line, height: pixels(cells[at.height]), width: pixels(cells[at.width]) });
  }
}

function readCsv(text: string, into: Collector): void {
  let at: Columns | undefined;
  let quoted: Remark | undefined;
  for (const record of parseCsv(text)) {
    if (record.quoted) quoted = { kind: 'quoted cells', line: record.line, ...quoted, count: (quoted?.count ?? 0) + 1 };
    if (at) into.cells(record, at);
    else {
      at = columnsOf(record.cells);
      if (at === undefined) {
        const got = record.cells.map((name) => name.trim().toLowerCase()).join(',');
        throw new DataError('BAD_LABELS', `The CSV header needs "ImageName" and "Label" columns, got "${got}".`);
      }
    }
  }
  if (at === undefined)
    throw new DataError('BAD_LABELS', 'The CSV header needs "ImageName" and "Label" columns, got "".');
  if (quoted) into.remarks.push(quoted);
}

/** `path TAB label`, or columns that a first line names as in CSV. Quotes mean nothing. */
function readTsv(text: string, into: Collector): void {
  const lines = text.split('\n');
  // The end of the last line is no line of its own.
  if (lines.at(-1) === '') lines.pop();
  const split = (raw: string) => raw.replace(/\r$/, '').split('\t');
  const at = columnsOf(split(lines[0] ?? ''));
  lines.forEach((raw, i) => {
    const line = i + 1;
    const cells = split(raw);
    if (at) {
      if (i > 0) into.cells({ cells, line, open: false, quoted: false }, at);
      return;
    }
    const [file, label, ...more] = cells;
    if (file === '' && label === undefined) into.skip(line, 'malformed', 'empty line');
    else if (label === undefined) into.skip(line, 'malformed', 'no tab', file);
    else if (more.length > 0) into.skip(line, 'malformed', 'more than one tab', file);
    else into.add({ file, label, line });
  });
}

function remarkCrlf(text: string, into: Collector): void {
  const first = text.indexOf('\r\n');
  if (first < 0) return;
  let line = 1;
  for (let i = text.indexOf('\n'); i >= 0 && i < first; i = text.indexOf('\n', i + 1)) line++;
  let count = 0;
  for (let i = first; i >= 0; i = text.indexOf('\r\n', i + 2)) count++;
  into.remarks.push({ kind: 'CRLF line ends', line, count });
}

/**
 * Parses a label list; labels are always strings ("NULL", "NA" and "001" stay as they are).
 * @throws DataError BAD_LABELS where a CSV header lacks a column
 */
export function parseLabels(text: string, format: 'tsv' | 'csv'): LabelList {
  const list = new Collector();
  const marked = text.startsWith('\uFEFF');
  if (marked) list.remarks.push({ kind: 'byte order mark', line: 1, count: 1 });
  const clean = marked ? text.slice(1) : text;
  remarkCrlf(clean, list);
  (format === 'csv' ? readCsv : readTsv)(clean, list);
  return list;
}

/** Whether CTC can align a label; `reason` says why not. */
export type Alignable =
  | { readonly ok: true }
  | { readonly ok: false; readonly kind: 'outside alphabet' | 'cannot be aligned'; readonly reason: string };

/** Time steps that CTC needs for a label: one a letter and one blank between equal neighbours. */
export function stepsNeeded(label: string | readonly number[]): number {
  const letters = [...label];
  return letters.length + letters.filter((c, i) => i > 0 && c === letters[i - 1]).length;
}

/** CTC needs one time step a letter and one blank between equal neighbours: T >= L + repeats. */
export function alignable(label: string, timeSteps: number, alphabet: string): Alignable {
  const strange = [...label].find((c) => !alphabet.includes(c));
  if (strange !== undefined)
    return { ok: false, kind: 'outside alphabet', reason: `outside alphabet: ${JSON.stringify(strange)}` };
  const needed = stepsNeeded(label);
  if (needed > timeSteps) {
    const reason = `too long: needs T >= L + repeats = ${needed}, has ${timeSteps}`;
    return { ok: false, kind: 'cannot be aligned', reason };
  }
  return { ok: true };
}
