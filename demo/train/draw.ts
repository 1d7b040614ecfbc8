import { Random } from '../../src/nn/index.ts';
import { make } from '../page.ts';
import type { Sample } from './finetune.ts';
import { WORDS } from './words.ts';

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

/** Words to draw: the visitor's own in turn, or everyday ones, the same for the same seed. */
export function chooseWords(own: string, count: number, seed = 1): string[] {
  const given = own.split(/[\s,;]+/).filter(Boolean);
  const from = given.length > 0 ? given : balanced(shuffled(WORDS, seed));
  return Array.from({ length: count }, (_, i) => from[i % from.length]);
}

/** Words in an order in which letters that were rare so far come next: few words already hold each letter several times. */
function balanced(words: readonly string[]): string[] {
  const seen = new Map<string, number>();
  const gain = (word: string) =>
    [...new Set(word)].reduce((sum, letter) => sum + 1 / (1 + (seen.get(letter) ?? 0)) ** 2, 0);
  const left = new Set(words);
  return words.map(() => {
    let best = '';
    let most = -1;
    for (const word of left) {
      const gained = gain(word);
      if (gained <= most) continue;
      best = word;
      most = gained;
    }
    left.delete(best);
    for (const letter of new Set(best)) seen.set(letter, (seen.get(letter) ?? 0) + 1);
    return best;
  });
}

function shuffled(words: readonly string[], seed: number): string[] {
  const all = [...words];
  const random = new Random(seed);
  for (let i = all.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [all[i], all[j]] = [all[j], all[i]];
  }
  return all;
}

/** Draws a word in a typeface as it stands in print: lower case, capitals or a capital first. */
export function drawSample(word: string, family: string, seed: number): Sample {
  const random = new Random(seed);
  const style = random.uniform();
  const text = style < 0.34 ? word.toUpperCase() : style < 0.67 ? word[0].toUpperCase() + word.slice(1) : word;
  const font = `${FONT_PX}px "${family}"`;
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
  return { label: word.toUpperCase(), image: { width, height, grey } };
}
