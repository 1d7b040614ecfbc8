import { type Axis, type Scale, scaleOf } from './axis.ts';
import { type Fragment, type Html, html, raw } from './html.ts';

/** What every chart has. */
interface ChartOptions {
  readonly title: string;
  /** What there is to see, in a sentence; shown below the title. */
  readonly note?: Fragment;
  /** As wide as the page instead of half of it. */
  readonly wide?: boolean;
  /** Units of the drawing, of which a half page is 560 wide; default 270. */
  readonly height?: number;
}

export interface Series {
  readonly name: string;
  /** In order of x; a value that is not finite breaks the curve. */
  readonly points: readonly (readonly [x: number, y: number])[];
  /** `step` holds each value until the next x, as a cumulative distribution does. */
  readonly shape?: 'line' | 'step';
  /** Which of the six colours; by default its place in the list. */
  readonly colour?: number;
  /** A dot with a tooltip at each point; by default where there are few. */
  readonly dots?: boolean;
}

/** A dashed reference line with its label. */
export interface Mark {
  readonly axis: 'x' | 'y';
  readonly at: number;
  readonly label: string;
}

export interface LineChart extends ChartOptions {
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
  readonly marks?: readonly Mark[];
}

export interface BarChart extends ChartOptions {
  readonly categories: readonly string[];
  /** One value a category; several series stand side by side. */
  readonly series: readonly { readonly name: string; readonly values: readonly number[] }[];
  readonly y: Axis;
  readonly xLabel?: string;
  /** Categories in the accent colour, the others muted; by default all are in colour. */
  readonly highlight?: readonly number[];
  /** Write values above the bars; by default where there is room. */
  readonly values?: boolean;
}

/** Points up to which each has a dot with a tooltip. */
const DOTS = 60;
const COLOURS = 6;

interface Frame {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const n = (value: number): string => String(Math.round(value * 100) / 100);

function frameOf(options: ChartOptions, y: Scale): Frame {
  const widest = Math.max(...y.ticks.map((t) => y.format(t).length));
  const width = options.wide ? 1120 : 560;
  const height = options.height ?? 270;
  return { width, height, left: 16 + 7.2 * widest, right: width - 16, top: 26, bottom: height - 40 };
}

function figure(options: ChartOptions, frame: Frame, names: readonly Fragment[], drawing: Fragment): Html {
  return html`<figure${options.wide && raw(' class="wide"')}>
<figcaption><h3>${options.title}</h3>${options.note && html`<p>${options.note}</p>`}
${names.length > 1 && html`<ul class="legend">${names}</ul>`}</figcaption>
<div class="plot"><svg viewBox="0 0 ${frame.width} ${frame.height}" role="img" aria-label="${options.title}">
${drawing}
</svg></div>
</figure>
`;
}

function yAxis(axis: Axis, y: Scale, f: Frame): Html {
  const at = (v: number) => f.bottom - y.at(v) * (f.bottom - f.top);
  return html`${y.ticks.map(
    (t) =>
      html`<line class="grid" x1="${n(f.left)}" x2="${n(f.right)}" y1="${n(at(t))}" y2="${n(at(t))}"/><text x="${n(f.left - 8)}" y="${n(at(t) + 4)}" text-anchor="end">${y.format(t)}</text>`,
  )}${axis.label && html`<text x="2" y="12">${axis.label}</text>`}<line class="axis" x1="${n(f.left)}" x2="${n(f.right)}" y1="${n(f.bottom)}" y2="${n(f.bottom)}"/>`;
}

const xLabel = (label: string | undefined, f: Frame): Fragment =>
  label && html`<text x="${n(f.right)}" y="${n(f.height - 4)}" text-anchor="end">${label}</text>`;

function pathOf(series: Series, at: (p: readonly [number, number]) => readonly [number, number]): string {
  let path = '';
  let open = false;
  let last = '';
  for (const point of series.points) {
    const [px, py] = at(point);
    if (!Number.isFinite(px) || !Number.isFinite(py)) {
      open = false;
      continue;
    }
    const to = `${n(px)} ${n(py)}`;
    // Thousands of points on half a page: those that fall on the same place are said once.
    if (open && to === last) continue;
    if (!open) path += `M${to}`;
    else if (series.shape === 'step') path += `H${n(px)}V${n(py)}`;
    else path += `L${to}`;
    open = true;
    last = to;
  }
  return path;
}

/** One or more curves over a numeric axis. */
export function lineChart(chart: LineChart): Html {
  const points = chart.series.flatMap((s) => s.points);
  const marked = (axis: 'x' | 'y') => (chart.marks ?? []).filter((m) => m.axis === axis);
  const y = scaleOf(chart.y, [...points.map((p) => p[1]), ...marked('y').map((m) => m.at)], 5);
  const x = scaleOf(chart.x, [...points.map((p) => p[0]), ...marked('x').map((m) => m.at)], chart.wide ? 12 : 7);
  const f = frameOf(chart, y);
  const px = (v: number) => f.left + x.at(v) * (f.right - f.left);
  const py = (v: number) => f.bottom - y.at(v) * (f.bottom - f.top);
  const colour = (s: Series, i: number) => (s.colour ?? i) % COLOURS;
  const curves = chart.series.map((s, i) => {
    const c = colour(s, i);
    const dots =
      (s.dots ?? s.points.length <= DOTS)
        ? s.points.filter(([a, b]) => Number.isFinite(px(a)) && Number.isFinite(py(b)))
        : [];
    return html`<path class="curve l${c}" d="${pathOf(s, ([a, b]) => [px(a), py(b)])}"/>${dots.map(
      ([a, b]) =>
        html`<g><title>${s.name}: ${y.exact(b)} at ${x.exact(a)}</title><circle class="hit" cx="${n(px(a))}" cy="${n(py(b))}" r="9"/><circle class="dot f${c}" cx="${n(px(a))}" cy="${n(py(b))}" r="3.5"/></g>`,
    )}
`;
  });
  const ticks = x.ticks.map((t) => {
    // Half of a long label would reach past the right edge.
    const text = x.format(t);
    const end = px(t) + 3.6 * text.length > f.width;
    return html`<text x="${end ? f.width : n(px(t))}" y="${n(f.bottom + 18)}" text-anchor="${end ? 'end' : 'middle'}">${text}</text>`;
  });
  const names = chart.series.map(
    (s, i) =>
      html`<li><svg viewBox="0 0 24 12" aria-hidden="true"><path class="curve l${colour(s, i)}" d="M1 6H23"/></svg>${s.name}</li>`,
  );
  return figure(
    chart,
    f,
    names,
    html`${yAxis(chart.y, y, f)}${ticks}${xLabel(chart.x.label, f)}${curves}${(chart.marks ?? []).map((m) =>
      mark(m, m.axis === 'x' ? px(m.at) : py(m.at), f),
    )}`,
  );
}

function mark(m: Mark, at: number, f: Frame): Html {
  if (m.axis === 'y')
    return html`<line class="mark" x1="${n(f.left)}" x2="${n(f.right)}" y1="${n(at)}" y2="${n(at)}"/><text class="mark-label" x="${n(f.right)}" y="${n(at - 5)}" text-anchor="end">${m.label}</text>`;
  // Above the plot, where no curve runs.
  const anchor = at < f.left + 40 ? 'start' : at > f.right - 40 ? 'end' : 'middle';
  return html`<line class="mark" x1="${n(at)}" x2="${n(at)}" y1="${n(f.top)}" y2="${n(f.bottom)}"/><text class="mark-label" x="${n(at)}" y="${n(f.top - 7)}" text-anchor="${anchor}">${m.label}</text>`;
}

/** Bars from zero, one group a category. */
export function barChart(chart: BarChart): Html {
  const values = chart.series.flatMap((s) => s.values);
  const y = scaleOf({ min: 0, ...chart.y }, values, 5);
  const f = frameOf(chart, y);
  const groups = Math.max(1, chart.categories.length);
  const slot = (f.right - f.left) / groups;
  const each = Math.min(56, (slot * (groups > 20 ? 0.8 : 0.72)) / Math.max(1, chart.series.length));
  const longestValue = Math.max(0, ...values.filter(Number.isFinite).map((v) => y.exact(v).length));
  const showValues = chart.values ?? each >= longestValue * 7.6;
  const longest = Math.max(0, ...chart.categories.map((c) => c.length));
  // Labels that would touch are written for every second, third, ... category.
  const every = Math.max(1, Math.ceil((longest * 7.4 + 6) / slot));
  const bars = chart.categories.map((category, g) => {
    const middle = f.left + (g + 0.5) * slot;
    const muted = chart.highlight !== undefined && !chart.highlight.includes(g);
    const label =
      g % every === 0 && html`<text x="${n(middle)}" y="${n(f.bottom + 18)}" text-anchor="middle">${category}</text>`;
    return html`${label}${chart.series.map((s, i) => {
      const value = s.values[g];
      if (value === undefined || !Number.isFinite(value)) return undefined;
      const left = middle + (i - chart.series.length / 2) * each;
      const size = Math.max(0, Math.min(1, y.at(value))) * (f.bottom - f.top);
      const who = chart.series.length > 1 ? `${s.name}, ` : '';
      return html`<g><title>${who}${category}: ${y.exact(value)}</title><rect class="hit" x="${n(left)}" y="${n(f.top)}" width="${n(each)}" height="${n(f.bottom - f.top)}"/><rect class="bar ${muted ? 'muted' : `f${i % COLOURS}`}" x="${n(left + 0.5)}" y="${n(f.bottom - size)}" width="${n(Math.max(1, each - 1))}" height="${n(size)}" rx="2"/>${showValues && html`<text class="value" x="${n(left + each / 2)}" y="${n(f.bottom - size - 5)}" text-anchor="middle">${y.exact(value)}</text>`}</g>`;
    })}
`;
  });
  const names = chart.series.map(
    (s, i) =>
      html`<li><svg viewBox="0 0 24 12" aria-hidden="true"><rect class="f${i % COLOURS}" x="6" width="12" height="12" rx="2"/></svg>${s.name}</li>`,
  );
  return figure(chart, f, names, html`${yAxis(chart.y, y, f)}${bars}${xLabel(chart.xLabel, f)}`);
}
