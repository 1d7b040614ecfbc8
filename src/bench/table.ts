import { type CaseResult, rate } from './measure.ts';
import type { ModelResult } from './models.ts';

/** One cell a column. */
export type Row = readonly string[];

export interface Column {
  readonly title: string;
  readonly width: number;
  /** Numbers line up on the right. */
  readonly right?: boolean;
}

export const CASE_COLUMNS: readonly Column[] = [
  { title: 'op', width: 14 },
  { title: 'pass', width: 10 },
  { title: 'variant', width: 8 },
  { title: 'where', width: 24 },
  { title: 'shape', width: 36 },
  { title: 'ms', width: 9, right: true },
  { title: 'rate', width: 8, right: true },
  { title: 'unit', width: 7 },
  { title: 'dispatches', width: 10, right: true },
];

export const MODEL_COLUMNS: readonly Column[] = [
  { title: 'model', width: 12 },
  { title: 'pass', width: 5 },
  { title: 'batch', width: 5, right: true },
  { title: 'ms', width: 9, right: true },
  { title: 'images/s', width: 9, right: true },
  { title: 'JS ms', width: 7, right: true },
  { title: 'with uploads', width: 12, right: true },
  { title: 'to record', width: 9, right: true },
  { title: 'dispatches', width: 10, right: true },
  { title: 'submits', width: 7, right: true },
];

/** Three significant digits, no exponent. */
function digits(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value.toFixed(value >= 10 ? 1 : value >= 1 ? 2 : 3);
}

export function caseRow(c: CaseResult): Row {
  const { value, unit } = rate(c);
  return [c.op, c.pass, c.variant ?? '-', c.label, c.shape, digits(c.ms), digits(value), unit, String(c.dispatches)];
}

export function modelRow(m: ModelResult): Row {
  return [
    m.model,
    m.pass,
    String(m.batch),
    digits(m.ms),
    digits(m.imagesPerSecond),
    digits(m.encodeMs),
    digits(m.hostMs),
    digits(m.recordMs),
    String(m.dispatches),
    String(m.submits),
  ];
}

/** Lays out rows one by one, so that results appear as they come. */
export function tableOf(columns: readonly Column[]): { head: string; row(cells: Row): string } {
  const line = (cells: Row) =>
    `${cells
      .map((text, i) => (columns[i].right ? text.padStart(columns[i].width) : text.padEnd(columns[i].width)))
      .join('  ')
      .trimEnd()}\n`;
  return { head: line(columns.map((c) => c.title)), row: line };
}
