import { Random } from '../../src/nn/index.ts';
import { make } from '../page.ts';
import type { Sample } from './finetune.ts';
import { chooseWords } from './words.ts';

const FONT_PX = 56;
const MARGIN = 8;

/** Takes a typeface file of the visitor's into the page. @throws DOMException when it is none */
export async function loadTypeface(file: File): Promise<string> {
  const family = file.name.replace(/\.[^.]+$/, '').replace(/["\\]/g, '');
  const face = new FontFace(family, await file.arrayBuffer());
  await face.load();
  document.fonts.add(face);
  return family;
}

/** Whether this device can draw with a family: a name that it lacks falls back to another. */
export function hasTypeface(family: string): boolean {
  const context = make('canvas').getContext('2d');
  if (!context) return false;
  return (
    ['serif', 'monospace'].some((fallback) => {
      context.font = `40px ${fallback}`;
      const { width } = context.measureText('Hamburgefonstiv 019');
      context.font = `40px "${family}", ${fallback}`;
      return context.measureText('Hamburgefonstiv 019').width !== width;
    }) ||
    (document.fonts.check(`40px "${family}"`) && [...document.fonts].some((f) => f.family.replace(/"/g, '') === family))
  );
}

/** What every browser has; each device draws them in other typefaces. */
const GENERIC = ['serif', 'sans-serif', 'monospace', 'italic serif', 'bold sans-serif', 'italic sans-serif'] as const;

/** Everyday words in the device's ordinary typefaces, the same for the same seed: what a reader knows already. */
export function knownSamples(count: number, seed: number): Sample[] {
  return chooseWords('', count, seed).map((word, i) => {
    const [family, ...style] = GENERIC[i % GENERIC.length].split(' ').reverse();
    return drawText(word, `${style.join(' ')} ${FONT_PX}px ${family}`, seed + i);
  });
}

/** Draws a word in a typeface as it stands in print: lower case, capitals or a capital first. */
export function drawSample(word: string, family: string, seed: number): Sample {
  return drawText(word, `${FONT_PX}px "${family}"`, seed);
}

function drawText(word: string, font: string, seed: number): Sample {
  const random = new Random(seed);
  const style = random.uniform();
  const text = style < 0.34 ? word.toUpperCase() : style < 0.67 ? word[0].toUpperCase() + word.slice(1) : word;
  const canvas = make('canvas');
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('This browser gives no 2d canvas to draw words on.');
  context.font = font;
  const ink = context.measureText(text);
  canvas.width = Math.max(8, Math.ceil(ink.actualBoundingBoxLeft + ink.actualBoundingBoxRight) + 2 * MARGIN);
  canvas.height = Math.max(8, Math.ceil(ink.actualBoundingBoxAscent + ink.actualBoundingBoxDescent) + 2 * MARGIN);
  const { width, height } = canvas;
  context.fillStyle = 'white';
  context.fillRect(0, 0, width, height);
  context.font = font;
  context.fillStyle = 'black';
  context.fillText(text, MARGIN + ink.actualBoundingBoxLeft, MARGIN + ink.actualBoundingBoxAscent);
  const { data } = context.getImageData(0, 0, width, height);
  // Ink and paper of some contrast: black on white alone is rare.
  const paper = 150 + 105 * random.uniform();
  const dark = 90 * random.uniform();
  const grey = new Uint8Array(width * height);
  for (let i = 0; i < grey.length; i++) grey[i] = Math.round(dark + ((paper - dark) * data[4 * i]) / 255);
  return { label: text, image: { width, height, grey } };
}
