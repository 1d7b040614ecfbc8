/** One axis of a chart. */
export interface Axis {
  readonly label?: string;
  /** Ends of the axis; by default those of the values, taken outward to the next tick. */
  readonly min?: number;
  readonly max?: number;
  /** Values are whole numbers: no ticks between them. */
  readonly whole?: boolean;
  /** `log` leaves out what is not positive. */
  readonly scale?: 'linear' | 'log';
  /** Text of a tick. */
  readonly format?: (value: number) => string;
  /** Text of a value, in tooltips and above bars; by default that of a tick. */
  readonly exact?: (value: number) => string;
}

export interface Scale {
  /** Share of the axis, 0 to 1. */
  at(value: number): number;
  readonly ticks: readonly number[];
  readonly format: (value: number) => string;
  readonly exact: (value: number) => string;
  readonly min: number;
  readonly max: number;
}

/** A number as short as its size allows: 12,345 · 3.14 · 0.0021 · 1.2e-7. */
export function shortNumber(value: number): string {
  const size = Math.abs(value);
  if (value === 0) return '0';
  if (!Number.isFinite(value)) return String(value);
  if (size < 1e-4 || size >= 1e9) return value.toExponential(1).replace('.0e', 'e').replace('e+', 'e');
  return value.toLocaleString('en', { maximumSignificantDigits: size >= 1000 ? 9 : 3, maximumFractionDigits: 6 });
}

/** A share as a percentage, such as `12.5 %`. */
export function percent(share: number, digits = 1): string {
  return `${(100 * share).toFixed(digits)} %`;
}

/** Multiples of 1, 2 or 5 times a power of ten that cover `[min, max]` in about `count` steps, none shorter than `least`. */
export function niceTicks(min: number, max: number, count: number, least = 0): number[] {
  const span = max - min || Math.abs(max) || 1;
  const rough = Math.max(least, span / Math.max(1, count));
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((m) => m * power >= rough * 0.999) ?? 10);
  const first = Math.floor(min / step + 1e-9);
  const last = Math.max(first + 1, Math.ceil(max / step - 1e-9));
  // Products of whole numbers: sums would show 0.30000000000000004.
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

function logTicks(min: number, max: number): number[] {
  const low = Math.floor(Math.log10(min) + 1e-9);
  const high = Math.max(low + 1, Math.ceil(Math.log10(max) - 1e-9));
  const every = Math.ceil((high - low) / 6);
  const within = high - low <= 2 ? [1, 2, 5] : [1];
  const ticks: number[] = [];
  for (let p = low; p <= high; p += every) ticks.push(...within.map((m) => Number((m * 10 ** p).toPrecision(12))));
  // The outermost ticks that still hold all values.
  const first = ticks.findLastIndex((t) => t <= min * (1 + 1e-9));
  const last = ticks.findIndex((t) => t >= max * (1 - 1e-9));
  return ticks.slice(Math.max(0, first), last < 0 ? undefined : Math.max(last, first + 1) + 1);
}

/** The scale of an axis over the values it shows. Without any value it spans 0 to 1. */
export function scaleOf(axis: Axis, values: Iterable<number>, count: number): Scale {
  const log = axis.scale === 'log';
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const v of values) {
    if (!Number.isFinite(v) || (log && v <= 0)) continue;
    low = Math.min(low, v);
    high = Math.max(high, v);
  }
  if (low > high) [low, high] = log ? [0.1, 1] : [0, 1];
  const min = axis.min ?? low;
  const max = axis.max ?? Math.max(high, min);
  const all = log ? logTicks(min, max) : niceTicks(min, max, count, axis.whole ? 1 : 0);
  const from = axis.min ?? all[0];
  const to = axis.max ?? all[all.length - 1];
  const place = log ? Math.log10 : (v: number) => v;
  const span = place(to) - place(from) || 1;
  return {
    at: (value) => (place(value) - place(from)) / span,
    ticks: all.filter((t) => t >= from - 1e-9 * Math.abs(span) && t <= to + 1e-9 * Math.abs(span)),
    format: axis.format ?? shortNumber,
    exact: axis.exact ?? axis.format ?? shortNumber,
    min: from,
    max: to,
  };
}
