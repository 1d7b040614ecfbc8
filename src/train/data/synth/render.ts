import { DataError } from '../errors.ts';
import { type BorderKind, compose } from './compose.ts';
import { addNoise, blurGrey, jpegRoundTrip } from './degrade.ts';
import type { FontLibrary } from './fonts.ts';
import { drawStyle, paintText } from './layout.ts';
import { DEFAULT_SYNTH, type SynthParams } from './params.ts';
import { Random } from './random.ts';
import { drawShadow } from './shadow.ts';
import { warpLayer } from './warp.ts';

/** One drawn word at natural size. */
export interface SynthSample {
  readonly width: number;
  readonly height: number;
  /** `[height, width]`, 0..255. */
  readonly grey: Uint8Array;
  /** Upper-cased. */
  readonly label: string;
  /** The word in the case in which it is drawn; lines are drawn as their label. */
  readonly drawn?: string;
  /** Left and right edge of each letter in pixels of the crop, where asked for. */
  readonly chars?: readonly { x0: number; x1: number }[];
  readonly family: string;
}

/** What {@link renderWord} needs. */
export interface RenderOptions {
  readonly word: string;
  readonly seed: number;
  /** Sample number in its stream. */
  readonly index?: number;
  readonly fonts: FontLibrary;
  readonly params?: SynthParams;
  /** Also report each letter's place; changes no pixel. */
  readonly chars?: boolean;
}

const ATTEMPTS = 5;

function drawBorder(random: Random, params: SynthParams): { kind: BorderKind; width: number } {
  const width = random.range(params.borderWidth);
  const kind = random.float();
  const inset = random.chance(params.insetShare);
  if (kind < params.hollowShare) return { kind: 'hollow', width: Math.max(0.03, width * 0.7) };
  if (kind < params.hollowShare + params.borderShare) return { kind: inset ? 'inset' : 'outset', width };
  return { kind: 'none', width: 0 };
}

/**
 * Renders one word through MJSynth's stages (https://arxiv.org/abs/1406.2227, section 3). Depends only on the word, the
 * seed, the index, the parameters and the installed fonts.
 * @throws DataError RENDER_FAILED where several fonts in turn draw nothing
 */
export function renderWord(options: RenderOptions): SynthSample {
  const { word, seed, index = 0, fonts, params = DEFAULT_SYNTH } = options;
  const wantChars = options.chars ?? false;
  const random = new Random(seed, index);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const face = fonts.pick(random);
    const border = drawBorder(random, params);
    const style = { ...drawStyle(random, word, fonts.alias(face), params), border: border.width };
    const shadow = drawShadow(random, params);
    let layers: ReturnType<typeof warpLayer>;
    try {
      layers = warpLayer(random, paintText(style, wantChars), params);
    } catch (error) {
      if (error instanceof DataError && error.code === 'RENDER_FAILED') continue;
      throw error;
    }
    if (layers === undefined) continue;
    const { width, height, chars } = layers;
    const grey = compose(random, layers, border.kind, shadow, params);
    if (random.chance(params.blurShare)) {
      // Slight blur is common, strong blur rare.
      const [least, most] = params.blur;
      blurGrey(grey, width, height, least + (most - least) * random.float() ** 4);
    }
    if (random.chance(params.noiseShare)) addNoise(grey, random, random.range(params.noise));
    const pixels = jpegRoundTrip(grey, width, height, random.range(params.jpegQuality));
    const sample = { width, height, grey: pixels, label: word.toUpperCase(), drawn: style.text, family: face.family };
    return wantChars ? { ...sample, chars } : sample;
  }
  throw new DataError(
    'RENDER_FAILED',
    `${ATTEMPTS} fonts in turn draw nothing for "${word}" (seed ${seed}, index ${index}).`,
  );
}
