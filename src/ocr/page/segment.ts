import type { GreyImage } from '../image/index.ts';
import { crop } from '../input.ts';
import { binarise } from './binarise.ts';
import { type Component, components } from './components.ts';
import { type Fragment, fill, fragmentsOf, sortComponents, straighten } from './group.ts';
import { linesInOrder } from './order.ts';
import { skewOf } from './skew.ts';
import type { PageBox, PageLayout, PageLine, Point } from './types.ts';
import { wordsOf } from './words.ts';

/** From this many letters on, a page whose letters mostly stand in no row is taken for a scene. */
const ENOUGH = 16;
const LEAST_IN_ROWS = 0.5;

/** A line in straightened coordinates. */
interface Row {
  readonly line: Fragment;
  readonly words: readonly Component[];
}

interface Found {
  readonly rows: Row[];
  readonly slope: number;
  readonly dark: boolean;
  readonly reason?: 'blank' | 'scene';
}

/**
 * Finds the lines of a clean scan or a screenshot, in reading order: Sauvola's threshold, connected components, skew up to 6 degrees,
 * rows of letters, columns, words. Light text on dark pages and in dark bars is found too. Photographs of scenes, handwriting that
 * joins rows and text on pictures are not read: see `reason`.
 */
export function segmentPage(image: GreyImage): PageLayout {
  const { rows, slope, dark, reason } = find(image, true);
  const angle = (Math.atan(slope) * 180) / Math.PI;
  const lines = rows.map(
    (r): PageLine => ({
      ...place(r.line, slope),
      words: r.words.map((w) => place({ ...w, y0: r.line.y0, y1: r.line.y1 }, slope)),
    }),
  );
  return { lines, angle, dark, ...(reason && { reason }) };
}

function find(image: GreyImage, withBars: boolean): Found {
  const ink = binarise(image);
  if (!ink) return { rows: [], slope: 0, dark: false, reason: 'blank' };
  const { dark } = ink;
  const { letters, marks, bars, size } = sortComponents(components(ink.mask, ink.width, ink.height), ink);
  const usual = letters.filter((c) => c.y1 - c.y0 < 2.5 * size && c.x1 - c.x0 < 4 * size);
  const slope = skewOf(usual, size);
  const light: Fragment[] = [];
  for (const { bar, of } of withBars ? bars : []) {
    const lines = inBar(image, bar, slope);
    light.push(...lines);
    // A headline in heavy letters that touch is as dark as a bar.
    if (lines.length === 0 && of.y1 - of.y0 <= 8 * size && fill(of) < 0.8) letters.push(of);
  }
  const fragments = fragmentsOf({ letters: straighten(letters, slope), marks: straighten(marks, slope), size });
  const scene = !inRows(fragments, letters.length);
  if (scene && light.length === 0) return { rows: [], slope: 0, dark, reason: 'scene' };
  const rows = linesInOrder(scene ? light : [...fragments, ...light]).map((line) => ({ line, words: wordsOf(line) }));
  return { rows, slope, dark, ...(rows.length === 0 && { reason: 'blank' as const }) };
}

/** Whether most letters stand in rows of three and more, with their feet or heads on one height. */
function inRows(fragments: readonly Fragment[], letters: number): boolean {
  if (letters < ENOUGH) return true;
  let inRow = 0;
  for (const f of fragments) {
    const high = f.y1 - f.y0;
    const tall = f.parts.filter((c) => c.y1 - c.y0 > 0.4 * high);
    if (tall.length < 3) continue;
    const feet = tall.map((c) => c.y1).sort((a, b) => a - b);
    const middle = feet[Math.floor(feet.length / 2)];
    const level = feet.filter((y) => Math.abs(y - middle) <= 0.12 * high).length;
    if (level >= 0.5 * feet.length) inRow += tall.length;
  }
  return inRow >= LEAST_IN_ROWS * letters;
}

/** The lines within a dark bar, whose text is light: its own picture, segmented by itself. */
function inBar(image: GreyImage, bar: Component, slope: number): Fragment[] {
  // Without its rim, which is paper on one side.
  const inset = Math.min(3, Math.floor((bar.y1 - bar.y0) / 8));
  const region = {
    x: bar.x0 + inset,
    y: bar.y0 + inset,
    width: bar.x1 - bar.x0 - 2 * inset,
    height: bar.y1 - bar.y0 - 2 * inset,
  };
  const { rows } = find(crop(image, region), false);
  return rows.map(({ line }) => {
    const shift = (c: Component): Component => {
      const [x0, x1] = [c.x0 + region.x, c.x1 + region.x];
      const dy = region.y - ((x0 + x1) / 2) * slope;
      return { ...c, x0, x1, y0: c.y0 + dy, y1: c.y1 + dy };
    };
    const whole = shift({ ...line, area: 0 });
    return { x0: whole.x0, y0: whole.y0, x1: whole.x1, y1: whole.y1, parts: line.parts.map(shift) };
  });
}

/** A box of straightened coordinates, where it lies in the picture. */
function place({ x0, y0, x1, y1 }: Pick<Component, 'x0' | 'y0' | 'x1' | 'y1'>, slope: number): PageBox {
  const at = (x: number, y: number): Point => [x, y + x * slope];
  const corners = [at(x0, y0), at(x1, y0), at(x1, y1), at(x0, y1)] as const;
  const ys = corners.map((c) => c[1]);
  const top = Math.min(...ys);
  return { box: { x: x0, y: top, width: x1 - x0, height: Math.max(...ys) - top }, corners };
}
