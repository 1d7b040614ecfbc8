import { DataError } from '../../errors.ts';
import { addNoise, blurGrey, jpegRoundTrip } from '../degrade.ts';
import type { Random } from '../random.ts';
import type { SynthSample } from '../render.ts';
import { drawTexture } from '../texture.ts';
import type { LineFontKind, LineFonts } from './families.ts';
import { type LineLayer, paintLine } from './paint.ts';
import { LINE_LAYOUT, LINE_SCENES, type LineScene, type LineSceneParams } from './params.ts';
import type { LineKind, LineText } from './text.ts';

const ATTEMPTS = 8;

/** Shares of font kinds: sans, serif, mono, display; the rest is handwriting. */
const FONTS: Readonly<Record<LineScene, readonly [number, number, number, number]>> = {
  screen: [0.6, 0.2, 0.14, 0.04],
  scan: [0.3, 0.55, 0.06, 0.05],
  receipt: [0.35, 0.05, 0.57, 0.02],
  label: [0.55, 0.15, 0.04, 0.18],
};

function drawScene(random: Random, kind: LineKind): LineScene {
  if (kind === 'receipt' && random.chance(0.6)) return 'receipt';
  let at = random.float();
  for (const [scene, { share }] of Object.entries(LINE_SCENES)) {
    at -= share;
    if (at < 0) return scene as LineScene;
  }
  return 'screen';
}

function drawFontKind(random: Random, scene: LineScene, kind: LineKind): LineFontKind {
  if (kind === 'code' && random.chance(0.65)) return 'mono';
  const kinds: readonly LineFontKind[] = ['sans', 'serif', 'mono', 'display'];
  let at = random.float();
  for (const [i, share] of FONTS[scene].entries()) {
    at -= share;
    if (at < 0) return kinds[i];
  }
  return 'hand';
}

/** Paper and ink, some way apart; light ink on dark paper in the share that the scene has. */
function drawGreys(random: Random, p: LineSceneParams): { paper: number; ink: number } {
  const dark = random.chance(p.darkShare);
  const paper = random.range(p.paper);
  const contrast = Math.max(p.contrast[0], Math.min(random.range(p.contrast), paper));
  const ink = Math.max(0, paper - contrast);
  return dark ? { paper: 255 - paper, ink: 255 - ink } : { paper, ink };
}

/** Thermal heads lose rows, and paper fades along the line. */
function wear(random: Random, layer: LineLayer): void {
  const { width, height, coverage } = layer;
  const rows = random.chance(0.3) ? 1 + random.int(3) : 0;
  for (let k = 0; k < rows; k++) {
    const y = random.int(height);
    const left = random.range([0.1, 0.8]);
    for (let x = 0; x < width; x++) coverage[y * width + x] *= left;
  }
  if (!random.chance(0.3)) return;
  const [from, to] = [random.range([0.45, 1]), random.range([0.45, 1])];
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) coverage[y * width + x] *= from + ((to - from) * x) / width;
}

function toGrey(random: Random, layer: LineLayer, scene: LineScene): Uint8Array {
  const p = LINE_SCENES[scene];
  const { width, height, coverage } = layer;
  const em = height / 1.4;
  if (random.chance(p.blurShare)) {
    const [least, most] = p.blur;
    blurGrey(coverage, width, height, Math.max(0.25, (least + (most - least) * random.float() ** 2) * em));
  }
  if (random.chance(p.gainShare)) {
    const gain = random.range(p.gain);
    for (let i = 0; i < coverage.length; i++)
      coverage[i] = Math.max(0, Math.min(1, coverage[i] * (1 + 2 * Math.max(0, gain)) + Math.min(0, gain)));
  }
  if (scene === 'receipt') wear(random, layer);
  const { paper, ink } = drawGreys(random, p);
  const amplitude = random.range(p.texture);
  const texture = drawTexture(random, width, height, random.range([1, 8]), new Float32Array(width * height));
  const slope = (random.float() - 0.5) * 2 * p.shading;
  const grey = new Float32Array(width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      grey[i] = paper + (ink - paper) * coverage[i] + texture[i] * amplitude + slope * (x / width - 0.5);
    }
  if (random.chance(p.noiseShare))
    addNoise(grey, random, random.range(p.noise) * Math.min(1, Math.abs(paper - ink) / 120));
  if (random.chance(p.binaryShare)) {
    const middle = (paper + ink) / 2;
    for (let i = 0; i < grey.length; i++) grey[i] = grey[i] > middle ? 255 : 0;
  }
  if (random.chance(p.jpegShare)) return jpegRoundTrip(grey, width, height, random.range(p.jpegQuality));
  return Uint8Array.from(grey, (v) => Math.max(0, Math.min(255, Math.round(v))));
}

/** What {@link renderLine} needs. */
export interface LineOptions {
  readonly line: LineText;
  /** Texts of which parts may show above and below. */
  readonly neighbours: readonly [string, string];
  readonly random: Random;
  readonly fonts: LineFonts;
  /** Whether a picture of this size gives the label enough time steps; others are drawn again in another font. */
  readonly fits: (width: number, height: number) => boolean;
}

/**
 * Draws one line of text as screens, scans, receipts and labels show it, at the size it has there.
 * @throws DataError RENDER_FAILED where several fonts in turn draw nothing, or too narrowly
 */
export function renderLine(options: LineOptions): SynthSample {
  const { line, random, fonts, fits } = options;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const scene = drawScene(random, line.kind);
    const p = LINE_SCENES[scene];
    const { face, alias } = fonts.pick(random, drawFontKind(random, scene, line.kind));
    const [least, most] = p.em;
    const em = least * (most / least) ** random.float();
    const whole = scene === 'screen' && random.chance(0.7);
    let layer: LineLayer;
    try {
      layer = paintLine(random, {
        text: line.text,
        neighbours: random.chance(LINE_LAYOUT.neighbourShare) ? options.neighbours : undefined,
        font: alias,
        em: whole ? Math.round(em) : em,
        skew: random.normal() * p.skew,
      });
    } catch (error) {
      if (error instanceof DataError && error.code === 'RENDER_FAILED') continue;
      throw error;
    }
    const { width, height } = layer;
    if (!fits(width, height)) continue;
    return { width, height, grey: toGrey(random, layer, scene), label: line.text, family: face.family };
  }
  throw new DataError('RENDER_FAILED', `${ATTEMPTS} fonts in turn cannot draw ${JSON.stringify(line.text)}.`);
}
