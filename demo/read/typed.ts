import { Random } from '../../src/nn/index.ts';

/** The families of fonts.css. */
const FAMILIES = ['Days One', 'Marcellus', 'Audiowide', 'Asap Condensed', 'Purple Purse', 'Bad Script'] as const;
const FONT_PX = 64;

/** How a typed word is drawn: kept while one types, so that only the letters change. */
export interface Look {
  readonly family: string;
  readonly paper: string;
  readonly ink: string;
  /** Radians. */
  readonly tilt: number;
  readonly slant: number;
  readonly shadow: boolean;
  /** Deviation in greys. */
  readonly noise: number;
  readonly seed: number;
}

/** The look of that number; families take turns, so the next one always differs. */
export function lookOf(number: number): Look {
  const random = new Random(number + 1);
  const between = (low: number, high: number): number => low + (high - low) * random.uniform();
  const hue = between(0, 360);
  const other = hue + between(60, 300);
  const light = between(78, 97);
  const dark = between(8, 34);
  const chroma = between(15, 75);
  const inverted = random.uniform() < 0.4;
  return {
    family: FAMILIES[number % FAMILIES.length],
    paper: `hsl(${hue} ${chroma}% ${inverted ? dark : light}%)`,
    ink: `hsl(${other} ${chroma}% ${inverted ? light : dark}%)`,
    tilt: Math.max(-0.09, Math.min(0.09, random.normal() * 0.04)),
    slant: random.uniform() < 0.3 ? between(-0.05, 0.25) : 0,
    shadow: random.uniform() < 0.35,
    noise: between(2, 16),
    seed: number,
  };
}

/** The letters and digits the network knows, of a text as typed: without accents, spaces and signs. */
export function readable(text: string): string {
  return text.normalize('NFKD').replace(/[^0-9A-Za-z]/g, '');
}

function context2d(canvas: OffscreenCanvas): OffscreenCanvasRenderingContext2D {
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('This browser gives no 2d canvas to draw the word on.');
  return context;
}

/** Draws a word as a crop such as one meets in photographs: tilted, in colour, with some noise. */
export async function drawWord(word: string, look: Look): Promise<OffscreenCanvas> {
  const font = `${FONT_PX}px "${look.family}"`;
  await document.fonts.load(font, word);
  const probe = context2d(new OffscreenCanvas(1, 1));
  probe.font = font;
  const ink = probe.measureText(word);
  const tall = ink.actualBoundingBoxAscent + ink.actualBoundingBoxDescent;
  const wide = ink.actualBoundingBoxLeft + ink.actualBoundingBoxRight + Math.abs(look.slant) * tall;
  const margin = 0.12 * FONT_PX;
  const cos = Math.cos(look.tilt);
  const sin = Math.abs(Math.sin(look.tilt));
  const width = Math.max(8, Math.ceil(wide * cos + tall * sin + 2 * margin));
  const height = Math.max(8, Math.ceil(tall * cos + wide * sin + 2 * margin));

  const canvas = new OffscreenCanvas(width, height);
  const context = context2d(canvas);
  context.fillStyle = look.paper;
  context.fillRect(0, 0, width, height);
  context.translate(width / 2, height / 2);
  context.rotate(look.tilt);
  context.transform(1, 0, -look.slant, 1, 0, 0);
  context.font = font;
  context.fillStyle = look.ink;
  if (look.shadow) {
    context.shadowColor = 'rgb(0 0 0 / 45%)';
    context.shadowBlur = 3;
    context.shadowOffsetX = 3;
    context.shadowOffsetY = 3;
  }
  context.fillText(
    word,
    (ink.actualBoundingBoxLeft - ink.actualBoundingBoxRight) / 2,
    (ink.actualBoundingBoxAscent - ink.actualBoundingBoxDescent) / 2,
  );

  const pixels = context.getImageData(0, 0, width, height);
  const { data } = pixels;
  const random = new Random(look.seed);
  for (let i = 0; i < data.length; i += 4) {
    const grain = random.normal() * look.noise;
    // Clamped bytes round and clip by themselves.
    for (let c = i; c < i + 3; c++) data[c] += grain;
  }
  context.putImageData(pixels, 0, 0);
  return canvas;
}
