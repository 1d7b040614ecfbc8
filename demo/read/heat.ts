import type { Posteriors } from '../../src/index.ts';
import { element, make, percent } from '../page.ts';

const box = element('heat-box', HTMLElement);
const heat = element('heat', HTMLCanvasElement);
const rows = element('heat-rows', HTMLOListElement);
const column = element('heat-column', HTMLElement);
const line = element('heat-text', HTMLElement);

/** A symbol whose probability stays below this at every step has no row. */
const LEAST = 0.03;
const MOST_ROWS = 12;
/** What the blank is called: it reads as nothing between two letters. */
const BLANK = '–';

let shown: Posteriors | undefined;
let step = -1;

/** The classes worth a row, in the order in which they peak; the blank last. */
export function heatRows({ data, steps, classes }: Posteriors): number[] {
  const blank = classes - 1;
  const peaks = Array.from({ length: blank }, (_, c) => {
    let at = 0;
    for (let t = 1; t < steps; t++) if (data[t * classes + c] > data[at * classes + c]) at = t;
    return { c, at, p: data[at * classes + c] };
  });
  const chosen = peaks
    .filter(({ p }) => p >= LEAST)
    .sort((a, b) => b.p - a.p)
    .slice(0, MOST_ROWS)
    .sort((a, b) => a.at - b.at);
  return [...chosen.map(({ c }) => c), blank];
}

/** The likeliest symbols of a step, in words. */
export function stepText({ data, classes, symbols }: Posteriors, t: number): string {
  const row = [...data.subarray(t * classes, (t + 1) * classes)].map((p, c) => ({
    p,
    symbol: symbols[c] || 'nothing',
  }));
  return row
    .sort((a, b) => b.p - a.p)
    .slice(0, 3)
    .filter(({ p }, i) => i === 0 || p >= 0.005)
    .map(({ p, symbol }) => `${symbol} ${percent(p)}`)
    .join(', ');
}

function draw(): void {
  const context = heat.getContext('2d');
  if (!shown || !context) return;
  const { data, steps, classes } = shown;
  const list = heatRows(shown);
  heat.width = steps;
  heat.height = list.length;
  context.fillStyle = getComputedStyle(box).getPropertyValue('color');
  list.forEach((c, y) => {
    for (let t = 0; t < steps; t++) {
      // Small probabilities are what one looks for here: the root makes them visible.
      context.globalAlpha = Math.sqrt(data[t * classes + c]) * (c === classes - 1 ? 0.35 : 1);
      context.fillRect(t, y, 1, 1);
    }
  });
  box.style.setProperty('--rows', String(list.length));
  rows.replaceChildren(...list.map((c) => make('li', {}, shown?.symbols[c] || BLANK)));
}

/** Moves the marked step; -1 marks none. */
function markStep(t: number): void {
  if (!shown) return;
  step = Math.max(-1, Math.min(shown.steps - 1, t));
  column.hidden = step < 0;
  if (step < 0) {
    line.textContent = 'What the network sees at each time step, left to right; – is nothing.';
    box.setAttribute('aria-valuenow', '1');
    box.setAttribute('aria-valuetext', 'no step chosen');
    return;
  }
  column.style.left = `${(100 * step) / shown.steps}%`;
  column.style.width = `${100 / shown.steps}%`;
  const text = stepText(shown, step);
  line.textContent = `Step ${step + 1} of ${shown.steps}: ${text}`;
  box.setAttribute('aria-valuenow', String(step + 1));
  box.setAttribute('aria-valuetext', text);
}

/** Draws the probabilities of every time step under the picture; undefined hides the map. */
export function showHeat(posteriors: Posteriors | undefined): void {
  shown = posteriors;
  box.hidden = line.hidden = posteriors === undefined;
  if (!posteriors) return;
  box.setAttribute('aria-valuemax', String(posteriors.steps));
  draw();
  markStep(-1);
}

box.addEventListener('pointermove', ({ clientX }) => {
  const { left, width } = heat.getBoundingClientRect();
  if (shown) markStep(Math.floor(((clientX - left) / width) * shown.steps));
});
box.addEventListener('pointerleave', () => markStep(-1));
box.addEventListener('keydown', (event) => {
  if (!shown) return;
  const to = { ArrowRight: step + 1, ArrowLeft: Math.max(0, step - 1), Home: 0, End: shown.steps - 1, Escape: -1 }[
    event.key
  ];
  if (to === undefined) return;
  event.preventDefault();
  markStep(to);
});
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
