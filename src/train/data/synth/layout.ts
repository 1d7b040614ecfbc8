import type { Canvas, SKRSContext2D } from '@napi-rs/canvas';
import { DataError } from '../errors.ts';
import { loadCanvas } from './canvas.ts';
import { type GlyphMetrics, glyphMetrics, MEASURE_PX } from './metrics.ts';
import type { SynthParams } from './params.ts';
import type { Random } from './random.ts';

/** Letters and their border drawn flat: two coverage maps interleaved as RGBA (R fill, G stroke). */
export interface TextLayer {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8ClampedArray;
  /** Layer pixels an em. */
  readonly em: number;
  /** Left and right edge of each letter and the height of its middle, in layer pixels; empty where not asked for. */
  readonly letters: readonly { x0: number; x1: number; y: number }[];
}

/** How the letters stand, drawn before anything is painted. */
export interface TextStyle {
  readonly text: string;
  readonly font: string;
  /** Size of each letter relative to the em (small capitals). */
  readonly scales: readonly number[];
  readonly spacing: number;
  readonly slant: number;
  readonly embolden: number;
  readonly stretch: number;
  /** Rise of the arc at both ends over half the word's width; negative bends the other way. */
  readonly curve: number;
  readonly wave: boolean;
  /** Letters placed one by one by their ink boxes. */
  readonly boxed: boolean;
  /** Of boxed letters: each moves the pen by the width of its ink and this many em; undefined: by its whole box. */
  readonly inkGap: number | undefined;
  readonly underline: { thickness: number; distance: number } | undefined;
  /** Stroke width of the border in em; 0 for none. */
  readonly border: number;
}

const MAX_WIDTH = 1280;
const MAX_HEIGHT = 400;
/** Ink height aimed at: about twice the final 23 pixels, so that the warp can average. */
const INK_HEIGHT = 48;

/** The word in one of the three cases; small capitals also give each letter's scale. */
export function drawCase(random: Random, word: string, params: SynthParams): { text: string; scales: number[] } {
  const kind = random.float();
  const small = random.chance(params.smallCapsShare) ? random.range(params.smallCapsScale) : 1;
  const lower = word.toLowerCase();
  if (kind < params.lowerShare) return { text: lower, scales: [...lower].map(() => 1) };
  const upper = kind < params.lowerShare + params.upperShare || small < 1;
  const text = upper ? word.toUpperCase() : word.slice(0, 1).toUpperCase() + lower.slice(1);
  return { text, scales: [...text].map((_, i) => (i === 0 ? 1 : small)) };
}

/** Draws everything about the letters' shape but the font. */
export function drawStyle(random: Random, word: string, font: string, params: SynthParams): TextStyle {
  const { text, scales } = drawCase(random, word, params);
  const curved = random.chance(params.curveShare) ? random.normal() * params.curveDeviation : 0;
  const style = {
    text,
    font,
    scales,
    spacing: random.chance(params.spacedShare)
      ? random.range(params.spacing)
      : random.normal() * params.spacingDeviation,
    slant: random.chance(params.slantShare) ? random.range(params.slant) : 0,
    embolden: random.chance(params.emboldenShare) ? random.range(params.embolden) : 0,
    stretch: Math.exp(random.normal() * params.stretchDeviation),
    curve: Math.max(-0.5, Math.min(0.5, curved)),
    wave: random.chance(params.waveShare),
    boxed: random.chance(params.boxedShare),
    underline: random.chance(params.underlineShare)
      ? { thickness: random.range(params.underlineThickness), distance: random.range(params.underlineDistance) }
      : undefined,
    border: 0,
  };
  // Drawn for boxed words alone, so that all others look as they did without it.
  const inked = style.boxed && random.chance(params.inkShare);
  return { ...style, inkGap: inked ? random.range(params.inkGap) : undefined };
}

let shared: { canvas: Canvas; context: SKRSContext2D } | undefined;

/**
 * One canvas a process: Skia frees pixel buffers late, so none is allocated a word. Without `willReadFrequently`, which
 * makes getImageData three times slower here (330 against 95 us for 300 x 70; @napi-rs/canvas 1.1.1).
 */
function sharedContext(): SKRSContext2D {
  if (shared === undefined) {
    const canvas = loadCanvas().createCanvas(MAX_WIDTH, MAX_HEIGHT);
    shared = { canvas, context: canvas.getContext('2d') };
    shared.context.textRendering = 'geometricPrecision';
  }
  return shared.context;
}

/**
 * Pen position of each letter and of the word's end, in em. Letters set one by one stand by their advance without
 * kerning, or (`boxed`) by their ink boxes with even gaps, as MJSynth's curved words; `kerning` scales the advances. With `inkGap` a
 * letter keeps its side bearing while the pen moves by its ink alone: what follows an I, whose bearing is wide, touches it.
 */
function penPositions(glyphs: readonly GlyphMetrics[], style: TextStyle, kerning: number): number[] {
  const starts: number[] = [];
  let pen = 0;
  for (const [i, glyph] of glyphs.entries()) {
    const scale = style.scales[i] ?? 1;
    if (style.inkGap !== undefined) {
      starts.push(pen);
      pen += (Math.max(0.1, glyph.left + glyph.right) + style.inkGap) * scale + style.spacing;
      continue;
    }
    starts.push(style.boxed ? pen + Math.max(0, glyph.left) * scale : pen);
    const box = Math.max(0, glyph.left) + Math.max(glyph.right, glyph.advance);
    pen += (style.boxed ? box : glyph.advance * kerning) * scale + style.spacing;
  }
  return [...starts, pen - style.spacing];
}

/** Height of the baseline and its slope at `t` in [-1, 1], in half widths. */
function baseline(style: TextStyle, t: number): { rise: number; slope: number } {
  if (style.curve === 0) return { rise: 0, slope: 0 };
  if (style.wave) {
    const turn = Math.PI * 1.5;
    return { rise: 0.5 * style.curve * Math.sin(turn * t), slope: 0.5 * style.curve * turn * Math.cos(turn * t) };
  }
  return { rise: style.curve * t * t, slope: 2 * style.curve * t };
}

/**
 * Paints the word flat on the shared canvas.
 * @throws DataError RENDER_FAILED where the font draws nothing for this word
 */
export function paintText(style: TextStyle, wantLetters = false): TextLayer {
  const context = sharedContext();
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.font = `${MEASURE_PX}px ${style.font}`;
  const { text, scales } = style;
  const glyphs = glyphMetrics(context, style.font, text);
  const ascent = Math.max(...glyphs.map((glyph, i) => glyph.ascent * (scales[i] ?? 1)));
  const descent = Math.max(...glyphs.map((glyph) => glyph.descent));
  if (!(ascent + descent > 0.05)) throw new DataError('RENDER_FAILED', `${style.font} draws nothing for "${text}".`);

  // MJSynth underlines letter by letter: spaced words get dashes.
  const dashed = style.underline !== undefined && style.spacing > 0.05;
  const plain = !dashed && style.curve === 0 && !style.boxed && scales.every((s) => s === 1);
  const unkerned = glyphs.reduce((sum, glyph) => sum + glyph.advance, 0);
  // Only words drawn whole are kerned, which their letters' places must follow where asked for.
  const kerning = plain && wantLetters ? context.measureText(text).width / MEASURE_PX / Math.max(1e-6, unkerned) : 1;
  const starts = plain && !wantLetters ? [] : penPositions(glyphs, style, kerning);
  // The layer's size comes from the unkerned word either way: asking for places changes no pixel.
  const flat = plain ? unkerned + style.spacing * (text.length - 1) : (starts.at(-1) ?? unkerned);
  const advance = flat * style.stretch;

  const half = advance / 2;
  const overLeft = Math.max(0, glyphs[0]?.left ?? 0);
  const overRight = Math.max(0, ...glyphs.map((glyph) => glyph.right - glyph.advance));
  const lean = Math.abs(style.slant) * (ascent + Math.max(0, descent));
  const below =
    style.underline === undefined ? descent : Math.max(descent, style.underline.thickness + style.underline.distance);
  const rise = Math.abs(style.curve) * half;
  const edge = 0.08 + style.border + style.embolden + (style.curve === 0 ? 0 : 0.3);
  const spanX = advance + overLeft + overRight + 2 * lean + 2 * edge;
  const spanY = ascent + below + rise + 2 * edge;
  const em = Math.min(INK_HEIGHT / (ascent + descent + 0.5 * rise), MAX_WIDTH / spanX, MAX_HEIGHT / spanY);
  const width = Math.min(MAX_WIDTH, Math.ceil(spanX * em));
  const height = Math.min(MAX_HEIGHT, Math.ceil(spanY * em));
  const originX = (overLeft + lean + edge) * em;
  const up = style.wave ? rise / 2 : style.curve < 0 ? rise : 0;
  const originY = (ascent + edge + up) * em;

  context.globalCompositeOperation = 'source-over';
  context.fillStyle = '#000';
  context.fillRect(0, 0, width, height);
  // 'lighter' keeps the two maps apart in their channels and adds overlapping letters.
  context.globalCompositeOperation = 'lighter';
  context.lineJoin = 'round';
  const letters: { x0: number; x1: number; y: number }[] = [];
  const unit = em / MEASURE_PX;
  const draw = (part: string, scale: number): void => {
    if (style.border > 0) {
      context.strokeStyle = '#0f0';
      context.lineWidth = ((style.border * 2 + style.embolden) * MEASURE_PX) / scale;
      context.strokeText(part, 0, 0);
    }
    if (style.embolden > 0) {
      context.strokeStyle = '#f00';
      context.lineWidth = style.embolden * MEASURE_PX;
      context.strokeText(part, 0, 0);
    }
    context.fillStyle = '#f00';
    context.fillText(part, 0, 0);
  };
  if (plain) {
    context.letterSpacing = `${style.spacing * MEASURE_PX}px`;
    context.setTransform(unit * style.stretch, 0, -unit * style.slant, unit, originX, originY);
    draw(text, 1);
    context.letterSpacing = '0px';
  }
  for (let i = 0; i + 1 < starts.length; i++) {
    const x0 = (starts[i] ?? 0) * style.stretch;
    const x1 = ((starts[i + 1] ?? 0) - (i + 1 < text.length ? style.spacing : 0)) * style.stretch;
    const middle = (x0 + x1) / 2;
    const { rise: lift, slope } = baseline(style, half === 0 ? 0 : middle / half - 1);
    const scale = scales[i] ?? 1;
    const y = originY + lift * half * em;
    letters.push({ x0: originX + x0 * em, x1: originX + x1 * em, y: y - 0.5 * ascent * scale * em });
    if (plain) continue;
    const length = Math.hypot(1, slope);
    const cos = 1 / length;
    const sin = slope / length;
    const s = unit * scale;
    // Rotation about the letter's middle on the baseline, then slant and stretch.
    context.setTransform(
      cos * s * style.stretch,
      sin * s * style.stretch,
      (-sin - style.slant * cos) * s,
      (cos - style.slant * sin) * s,
      originX + (middle - cos * (middle - x0)) * em,
      y - sin * (middle - x0) * em,
    );
    draw(text[i] ?? '', scale);
    if (style.underline !== undefined) {
      const { thickness, distance } = style.underline;
      const to = MEASURE_PX / scale;
      context.fillRect(0, distance * to, ((x1 - x0) / style.stretch) * to, thickness * to);
    }
  }
  if (plain && style.underline !== undefined) drawUnderline(context, style, { advance, em, originX, originY });
  return { width, height, rgba: context.getImageData(0, 0, width, height).data, em, letters };
}

function drawUnderline(
  context: SKRSContext2D,
  style: TextStyle,
  at: { advance: number; em: number; originX: number; originY: number },
): void {
  const { thickness, distance } = style.underline ?? { thickness: 0, distance: 0 };
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.fillRect(at.originX, at.originY + distance * at.em, at.advance * at.em, thickness * at.em);
}
