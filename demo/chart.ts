const SVG = 'http://www.w3.org/2000/svg';

/** One line of a chart. */
export interface Series {
  readonly name: string;
  /** Its colour: a class that sets --tone. */
  readonly tone?: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Drawn thin under its running mean. */
  readonly noisy?: boolean;
}

export interface ChartOptions {
  /** Largest x, known before the line gets there. */
  readonly xMax: number;
  /** Largest y; by default that of the data. */
  readonly yMax?: number;
  readonly xLabel: string;
  format(y: number): string;
}

const LEFT = 44;
const RIGHT = 12;
const TOP = 10;
const BOTTOM = 30;
/** Share of the last mean in the next: a window of about ten points. */
const SMOOTHING = 0.85;

function node(name: string, attributes: Readonly<Record<string, string | number>>, text?: string): SVGElement {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  if (text !== undefined) made.textContent = text;
  return made;
}

/** A round number at or above `value`, round in quarters too. */
export function roundUp(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 4, 6, 8, 10].find((m) => m * power >= value * 0.999) ?? 10) * power;
}

/** The running mean of a noisy line. */
export function smoothed(points: Series['points']): Series['points'] {
  let mean = 0;
  let weight = 0;
  return points.map(([x, y]) => {
    mean = SMOOTHING * mean + (1 - SMOOTHING) * y;
    weight = SMOOTHING * weight + (1 - SMOOTHING);
    return [x, mean / weight] as const;
  });
}

/** Draws lines over steps into an svg element, anew at each call: a few hundred points. */
export function drawChart(svg: SVGSVGElement, series: readonly Series[], options: ChartOptions): void {
  const { width, height } = svg.getBoundingClientRect();
  if (width === 0) return;
  const all = series.flatMap((s) => s.points.map(([, y]) => y));
  const yMax = options.yMax ?? roundUp(Math.max(0, ...all));
  const xMax = Math.max(1, options.xMax);
  const x = (v: number) => LEFT + ((width - LEFT - RIGHT) * v) / xMax;
  const y = (v: number) => TOP + (height - TOP - BOTTOM) * (1 - Math.min(1, v / yMax));
  const parts: SVGElement[] = [];
  for (let i = 0; i <= 4; i++) {
    const value = (yMax * i) / 4;
    parts.push(node('line', { class: 'grid', x1: LEFT, x2: width - RIGHT, y1: y(value), y2: y(value) }));
    parts.push(
      node(
        'text',
        { x: LEFT - 8, y: y(value), 'text-anchor': 'end', 'dominant-baseline': 'middle' },
        options.format(value),
      ),
    );
  }
  for (const at of [0, xMax / 2, xMax])
    parts.push(
      node(
        'text',
        { x: x(at), y: height - BOTTOM + 18, 'text-anchor': at === 0 ? 'start' : at === xMax ? 'end' : 'middle' },
        String(Math.round(at)),
      ),
    );
  parts.push(
    node(
      'text',
      { x: (LEFT + width) / 2 + (width - LEFT) / 4, y: height - BOTTOM + 18, 'text-anchor': 'middle' },
      options.xLabel,
    ),
  );
  for (const { points, tone = '', noisy } of series) {
    const path = (line: Series['points']) =>
      line.map(([px, py], i) => `${i ? 'L' : 'M'}${x(px).toFixed(1)} ${y(py).toFixed(1)}`).join('');
    if (points.length === 0) continue;
    if (noisy) parts.push(node('path', { class: `faint ${tone}`, d: path(points) }));
    const line = noisy ? smoothed(points) : points;
    parts.push(node('path', { class: tone, d: path(line) }));
    const [lastX, lastY] = line[line.length - 1];
    parts.push(node('circle', { class: tone, cx: x(lastX), cy: y(lastY), r: 3.5 }));
  }
  svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
  svg.setAttribute('role', 'img');
  svg.setAttribute(
    'aria-label',
    series
      .filter((s) => s.points.length > 0)
      .map(
        (s) => `${s.name}: from ${options.format(s.points[0][1])} to ${options.format((s.points.at(-1) ?? [0, 0])[1])}`,
      )
      .join('; ') || 'No data yet',
  );
  svg.replaceChildren(...parts);
}
