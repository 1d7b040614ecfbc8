import { DataError } from './errors.ts';

/** One labelled image: path as written in the list, label as written, 1-based line. */
export interface LabelRow {
  readonly file: string;
  readonly label: string;
  readonly line: number;
}

/** A row left out, and why. */
export interface SkippedRow {
  readonly line: number;
  readonly reason: string;
}

/** A read list: nothing is dropped without an entry in `skipped`. */
export interface LabelList {
  readonly rows: LabelRow[];
  readonly skipped: SkippedRow[];
}

/** Splits CSV text into records (RFC 4180: quotes, doubled quotes, commas and line ends within quotes). */
function parseCsv(text: string): { cells: string[]; line: number; open: boolean }[] {
  const records: { cells: string[]; line: number; open: boolean }[] = [];
  let cells: string[] = [];
  let cell = '';
  let quoted = false;
  let line = 1;
  let start = 1;
  const end = (open: boolean): void => {
    cells.push(cell);
    records.push({ cells, line: start, open });
    cells = [];
    cell = '';
  };
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === '\n') line++;
    if (quoted) {
      if (c !== '"') cell += c;
      else if (text[i + 1] === '"') {
        cell += '"';
        i++;
      } else quoted = false;
    } else if (c === '"' && cell === '') quoted = true;
    else if (c === ',') {
      cells.push(cell);
      cell = '';
    } else if (c === '\n') {
      end(false);
      start = line;
    } else if (c !== '\r' || text[i + 1] !== '\n') cell += c;
  }
  if (cell !== '' || cells.length > 0 || quoted) end(quoted);
  return records;
}

const FILE_COLUMNS = ['imagename', 'image', 'file', 'filename', 'path'];
const LABEL_COLUMNS = ['label', 'text', 'word', 'words'];

function readCsv(text: string): LabelList {
  const rows: LabelRow[] = [];
  const skipped: SkippedRow[] = [];
  const [header, ...records] = parseCsv(text);
  const names = (header?.cells ?? []).map((name) => name.trim().toLowerCase());
  const fileAt = names.findIndex((name) => FILE_COLUMNS.includes(name));
  const labelAt = names.findIndex((name) => LABEL_COLUMNS.includes(name));
  if (fileAt < 0 || labelAt < 0) {
    throw new DataError(
      'BAD_LABELS',
      `The CSV header needs "ImageName" and "Label" columns, got "${names.join(',')}".`,
    );
  }
  for (const { cells, line, open } of records) {
    const file = cells[fileAt];
    const label = cells[labelAt];
    if (cells.length === 1 && cells[0] === '') skipped.push({ line, reason: 'empty line' });
    else if (open) skipped.push({ line, reason: 'quote never closed' });
    else if (file === undefined || label === undefined) skipped.push({ line, reason: 'too few columns' });
    else if (file === '') skipped.push({ line, reason: 'no file name' });
    else if (label === '') skipped.push({ line, reason: 'empty label' });
    else rows.push({ file, label, line });
  }
  return { rows, skipped };
}

function readTsv(text: string): LabelList {
  const rows: LabelRow[] = [];
  const skipped: SkippedRow[] = [];
  const lines = text.split('\n');
  // The end of the last line is no line of its own.
  if (lines.at(-1) === '') lines.pop();
  lines.forEach((raw, i) => {
    const line = i + 1;
    const [file, label, ...more] = raw.replace(/\r$/, '').split('\t');
    if (file === '' && label === undefined) skipped.push({ line, reason: 'empty line' });
    else if (label === undefined) skipped.push({ line, reason: 'no tab' });
    else if (more.length > 0) skipped.push({ line, reason: 'more than one tab' });
    else if (file === undefined || file === '') skipped.push({ line, reason: 'no file name' });
    else if (label === '') skipped.push({ line, reason: 'empty label' });
    else rows.push({ file, label, line });
  });
  return { rows, skipped };
}

/** Parses a label list; labels are always strings ("NULL", "NA" and "001" stay as they are). */
export function parseLabels(text: string, format: 'tsv' | 'csv'): LabelList {
  const clean = text.replace(/^\uFEFF/, '');
  return format === 'csv' ? readCsv(clean) : readTsv(clean);
}

/** Whether CTC can align a label; `reason` says why not. */
export type Alignable = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** CTC needs one time step a letter and one blank between equal neighbours: T >= L + repeats. */
export function alignable(label: string, timeSteps: number, alphabet: string): Alignable {
  const letters = [...label];
  const strange = letters.find((c) => !alphabet.includes(c));
  if (strange !== undefined) return { ok: false, reason: `outside alphabet: ${JSON.stringify(strange)}` };
  const repeats = letters.filter((c, i) => i > 0 && c === letters[i - 1]).length;
  const needed = letters.length + repeats;
  if (needed > timeSteps) {
    return { ok: false, reason: `too long: needs T >= L + repeats = ${needed}, has ${timeSteps}` };
  }
  return { ok: true };
}
