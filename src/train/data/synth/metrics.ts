import type { SKRSContext2D } from '@napi-rs/canvas';

/** Size at which glyphs are measured, in pixels; all figures below are divided by it (em). */
export const MEASURE_PX = 100;

/** One glyph's advance and ink box about its pen position, in em. */
export interface GlyphMetrics {
  readonly advance: number;
  readonly ascent: number;
  readonly descent: number;
  /** Ink edges: `left` grows leftwards of the pen (as in TextMetrics), `right` rightwards. */
  readonly left: number;
  readonly right: number;
}

const known = new Map<string, Map<string, GlyphMetrics>>();

/**
 * Metrics of each letter of `text`; `context.font` must be `font` at MEASURE_PX. Measured once a font and letter (70 us
 * each in Skia), so the figures depend on nothing drawn before.
 */
export function glyphMetrics(context: SKRSContext2D, font: string, text: string): GlyphMetrics[] {
  let glyphs = known.get(font);
  if (glyphs === undefined) {
    glyphs = new Map();
    known.set(font, glyphs);
  }
  const found: GlyphMetrics[] = [];
  for (const letter of text) {
    let glyph = glyphs.get(letter);
    if (glyph === undefined) {
      const m = context.measureText(letter);
      glyph = {
        advance: m.width / MEASURE_PX,
        ascent: m.actualBoundingBoxAscent / MEASURE_PX,
        descent: m.actualBoundingBoxDescent / MEASURE_PX,
        left: m.actualBoundingBoxLeft / MEASURE_PX,
        right: m.actualBoundingBoxRight / MEASURE_PX,
      };
      glyphs.set(letter, glyph);
    }
    found.push(glyph);
  }
  return found;
}
