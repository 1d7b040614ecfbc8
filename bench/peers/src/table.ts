/** From samples to a table: medians, ratios, columns. */

/** One engine on one workload. */
export interface Timing {
  readonly engine: string;
  /** Each sample's time of one run. */
  readonly samples: readonly number[];
  readonly note?: string;
}

/** One workload on one set of engines, of which the first is Lexel. */
export interface Row {
  readonly workload: string;
  readonly flops: number;
  readonly timings: readonly Timing[];
}

export interface Figure {
  readonly engine: string;
  readonly ms: number;
  readonly gflops: number;
  /** This engine's time over Lexel's: above 1 Lexel is faster. Undefined where Lexel has no time. */
  readonly ratio: number | undefined;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** Medians, and their ratios to the baseline's. Engines without a sample are left out. */
export function figures(row: Row, baseline: string): Figure[] {
  const timed = row.timings.filter((t) => t.samples.length > 0);
  const base = timed.find((t) => t.engine === baseline);
  const baseMs = base && median(base.samples);
  return timed.map(({ engine, samples }) => {
    const ms = median(samples);
    return { engine, ms, gflops: row.flops / ms / 1e6, ratio: baseMs === undefined ? undefined : ms / baseMs };
  });
}

/** Three significant digits, no exponent. */
export function digits(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value.toFixed(value >= 10 ? 1 : value >= 1 ? 2 : 3);
}

/** How often a sample runs a workload of `ms`, so that it takes `targetMs` at least. */
export function runsFor(ms: number, targetMs = 50, most = 50): number {
  return Math.max(1, Math.min(most, Math.ceil(targetMs / Math.max(ms, 1e-3))));
}

const NAME_WIDTH = 24;

/** The table's lines, one at a time, so that results appear as they come. */
export function tableOf(engines: readonly string[]): { head: string; row(row: Row): string } {
  const [baseline, ...others] = engines;
  const widths = others.map((name) => Math.max(16, name.length));
  const line = (cells: readonly string[]) =>
    `${cells
      .map((cell, i) => (i === 0 ? cell.padEnd(NAME_WIDTH) : cell.padStart(i < 3 ? 10 : widths[i - 3])))
      .join('  ')
      .trimEnd()}\n`;
  return {
    head: line(['workload', 'lexel ms', 'GFLOP/s', ...others]),
    row(row) {
      const found = new Map(figures(row, baseline).map((f) => [f.engine, f]));
      const own = found.get(baseline);
      const cells = others.map((name) => {
        const f = found.get(name);
        if (!f) return '-';
        const mark = row.timings.find((t) => t.engine === name)?.note ? '*' : '';
        return `${digits(f.ms)}${f.ratio === undefined ? '' : ` (${f.ratio.toFixed(2)}x)`}${mark}`;
      });
      return line([row.workload, own ? digits(own.ms) : '-', own ? digits(own.gflops) : '-', ...cells]);
    },
  };
}

/** The notes behind the table's marks, each once. */
export function notesOf(rows: readonly Row[]): string[] {
  const notes = new Set<string>();
  for (const row of rows)
    for (const t of row.timings) if (t.note) notes.add(`* ${t.engine}, ${row.workload}: ${t.note}`);
  return [...notes];
}
