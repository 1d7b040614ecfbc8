import type { SynthParams } from './params.ts';
import type { Random } from './random.ts';
import { castShadow, type ShadowStyle } from './shadow.ts';
import { drawTexture } from './texture.ts';
import type { Layers } from './warp.ts';

/** Where the border lies: outside the letters, inside them, or alone (hollow letters). */
export type BorderKind = 'none' | 'outset' | 'inset' | 'hollow';

function drawGrey(random: Random, params: SynthParams): number {
  if (random.chance(params.extremeShare)) {
    const off = random.float() * params.extremeGrey;
    return random.chance(0.6) ? off : 255 - off;
  }
  for (let i = 0; i < 8; i++) {
    const grey = params.greyMean + random.normal() * params.greyDeviation;
    if (grey >= 0 && grey <= 255) return grey;
  }
  return params.greyMean;
}

/** A grey at least `minContrast` from `other`. */
function drawContrasting(random: Random, other: number, params: SynthParams): number {
  for (let i = 0; i < 8; i++) {
    const drawn = params.greyMean + random.normal() * params.letterDeviation;
    const grey = Math.max(0, Math.min(255, drawn));
    if (Math.abs(grey - other) >= params.minContrast) return grey;
  }
  return other < 128 ? other + params.minContrast * 1.5 : other - params.minContrast * 1.5;
}

/** The border's grey: of a letter's own grey it would only swell the letters into blots. */
function drawEdge(random: Random, back: number, letter: number, border: BorderKind, params: SynthParams): number {
  const fromBack = border === 'hollow' || random.chance(0.5);
  let edge = back;
  for (let i = 0; i < 4; i++) {
    edge = fromBack ? drawContrasting(random, back, params) : drawGrey(random, params);
    if (border === 'hollow' || Math.abs(edge - letter) >= params.minContrast) break;
  }
  return edge;
}

/** How the letters' opacity runs along the word: from 1 down to `least`, evenly or by a soft step somewhere. */
function drawFade(random: Random, width: number, params: SynthParams): Float32Array {
  const fades = random.chance(params.fadeShare);
  const least = random.range(params.fade);
  const fromLeft = random.chance(0.5);
  const step = random.chance(params.fadeStepShare);
  const middle = random.range([0.15, 0.85]);
  const soft = random.range([0.02, 0.25]);
  return Float32Array.from({ length: width }, (_, x) => {
    if (!fades) return 1;
    const along = x / width;
    const t = step ? Math.max(0, Math.min(1, (along - middle) / soft + 0.5)) : along;
    return least + (1 - least) * (fromLeft ? t : 1 - t);
  });
}

/** Paints background, shadow, border and letters in drawn greys; returns `[height, width]` greys, not clipped. */
export function compose(
  random: Random,
  layers: Layers,
  border: BorderKind,
  shadowStyle: ShadowStyle | undefined,
  params: SynthParams,
): Float32Array {
  const { width, height, fill, stroke } = layers;
  const shadow = shadowStyle === undefined ? undefined : castShadow(shadowStyle, fill, stroke, width, height);
  const size = width * height;
  const back = drawGrey(random, params);
  const letter = drawContrasting(random, back, params);
  const edge = drawEdge(random, back, letter, border, params);
  // Shadows are mostly darker than what they fall on.
  const shade = random.chance(0.7) ? back * random.range([0, 0.7]) : drawGrey(random, params);
  const shadeOpacity = random.range(params.shadowOpacity);
  const opacity = random.range(random.chance(params.opaqueShare) ? params.opaque : params.translucent);
  const fade = drawFade(random, width, params);
  const strong = random.chance(params.strongTextureShare);
  const amplitude = strong
    ? random.range(params.strongTexture)
    : Math.min(params.textureMax, params.textureMedian * Math.exp(random.normal() * params.textureLogDeviation));
  const letterAmplitude = random.chance(params.strongLetterShare)
    ? random.range(params.strongTexture)
    : amplitude * random.range(params.letterTexture) * (strong ? 0.5 : 1);

  const backTexture = drawTexture(random, width, height, random.range(params.textureScale), new Float32Array(size));
  const letterTexture = drawTexture(random, width, height, random.range(params.textureScale), new Float32Array(size));
  const grey = new Float32Array(size);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      let v = back + backTexture[i] * amplitude;
      if (shadow !== undefined) v += (shade - v) * Math.min(1, shadow[i]) * shadeOpacity;
      const f = Math.min(1, fill[i]);
      const b = Math.min(1, stroke[i]);
      const alpha = opacity * fade[x];
      const ink = letter + letterTexture[i] * letterAmplitude;
      const rim = edge + letterTexture[i] * letterAmplitude;
      if (border === 'outset') v += (rim - v) * b * alpha;
      if (border === 'hollow') v += (rim - v) * Math.max(0, b - f) * alpha;
      else v += (ink - v) * f * alpha;
      if (border === 'inset') v += (rim - v) * b * f * alpha;
      grey[i] = v;
    }
  }
  return grey;
}
