import type { Canvas, SKRSContext2D } from '@napi-rs/canvas';
import { DataError } from '../../errors.ts';
import { loadCanvas } from '../canvas.ts';
import type { Random } from '../random.ts';
import { LINE_LAYOUT } from './params.ts';

/** A line drawn flat: how much ink covers each pixel. */
export interface LineLayer {
  readonly width: number;
  readonly height: number;
  /** `[height, width]`, 0..1. */
  readonly coverage: Float32Array;
}

/** What a line is drawn with. */
export interface LineStyle {
  readonly text: string;
  /** Lines above and below, parts of which come into the picture. */
  readonly neighbours: readonly [string, string] | undefined;
  /** A family's alias. */
  readonly font: string;
  /** Pixels. */
  readonly em: number;
  /** Degrees. */
  readonly skew: number;
}

const MAX_WIDTH = 3072;
const MAX_HEIGHT = 320;

let shared: { canvas: Canvas; context: SKRSContext2D } | undefined;

function sharedContext(): SKRSContext2D {
  if (shared === undefined) {
    const canvas = loadCanvas().createCanvas(MAX_WIDTH, MAX_HEIGHT);
    shared = { canvas, context: canvas.getContext('2d') };
  }
  return shared.context;
}

/** Top and bottom ink of a text about its baseline, at least what a letter without ascender and descender has. */
function inkExtent(
  context: SKRSContext2D,
  text: string,
  em: number,
): { ascent: number; descent: number; box: DOMMetrics } {
  const m = context.measureText(text);
  return {
    ascent: Math.max(0.52 * em, m.actualBoundingBoxAscent),
    descent: Math.max(0, m.actualBoundingBoxDescent),
    box: {
      left: Math.max(0, m.actualBoundingBoxLeft),
      right: Math.max(m.width, m.actualBoundingBoxRight),
      ink: m.actualBoundingBoxAscent + m.actualBoundingBoxDescent,
    },
  };
}

interface DOMMetrics {
  readonly left: number;
  readonly right: number;
  readonly ink: number;
}

/**
 * Paints a line, cropped as a page's lines are cut out: some air on each side, now and then parts of its neighbours.
 * @throws DataError RENDER_FAILED where the font draws nothing for the text
 */
export function paintLine(random: Random, style: LineStyle): LineLayer {
  const { text, font, neighbours } = style;
  const context = sharedContext();
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.letterSpacing = '0px';
  context.wordSpacing = '0px';
  // Pixel grids of screens: half of the lines stand at whole pixels, as browsers place them, half anywhere.
  context.textRendering = random.chance(0.5) ? 'auto' : 'geometricPrecision';
  const L = LINE_LAYOUT;
  const spacing = random.chance(L.spacedShare) ? random.range(L.spacing) : 0;
  const wordSpacing = random.chance(L.justifiedShare) ? random.range(L.wordSpacing) : 0;
  const size = (em: number) => {
    context.font = `${em}px ${font}`;
    context.letterSpacing = `${(spacing * em).toFixed(2)}px`;
    context.wordSpacing = `${(wordSpacing * em).toFixed(2)}px`;
    return inkExtent(context, text, em);
  };
  let { em } = style;
  let extent = size(em);
  if (extent.box.right + extent.box.left + 2 * em > MAX_WIDTH) {
    em *= MAX_WIDTH / (extent.box.right + extent.box.left + 2.1 * em);
    extent = size(em);
  }
  if (!(extent.box.ink > 0)) throw new DataError('RENDER_FAILED', `${font} draws nothing for "${text}".`);
  // Half of the crops follow this line's ink, half the font's own height.
  if (random.chance(0.5)) {
    extent.ascent = Math.max(extent.ascent, 0.74 * em);
    extent.descent = Math.max(extent.descent, 0.22 * em);
  }
  const tall = extent.ascent + extent.descent;
  const [left, right] = [random.range(L.marginX) * tall, random.range(L.marginX) * tall];
  const [top, bottom] = [random.range(L.marginY) * tall, random.range(L.marginY) * tall];
  const angle = (style.skew * Math.PI) / 180;
  const span = extent.box.left + extent.box.right;
  const lift = Math.abs(Math.tan(angle)) * span;
  const width = Math.min(MAX_WIDTH, Math.ceil(span + left + right));
  const height = Math.min(MAX_HEIGHT, Math.max(8, Math.ceil(tall + top + bottom + lift)));
  context.fillStyle = '#000';
  context.fillRect(0, 0, width, height);
  context.fillStyle = '#fff';
  const x = left + extent.box.left;
  const y = top + extent.ascent + lift / 2;
  context.setTransform(1, Math.tan(angle), 0, 1, x, y - (Math.tan(angle) * span) / 2);
  context.fillText(text, 0, 0);
  const underlined = random.chance(L.underlineShare);
  const thickness = Math.max(1, random.range([0.04, 0.09]) * em);
  if (underlined) context.fillRect(0, 0.12 * em, extent.box.right, thickness);
  if (neighbours) {
    const lineHeight = random.range(L.lineHeight) * em;
    const indent = (random.float() - 0.5) * 2 * em;
    context.fillText(neighbours[0], indent, -lineHeight);
    context.fillText(neighbours[1], indent, lineHeight);
  }
  context.setTransform(1, 0, 0, 1, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  const coverage = new Float32Array(width * height);
  for (let i = 0; i < coverage.length; i++) coverage[i] = data[4 * i] / 255;
  return { width, height, coverage };
}
