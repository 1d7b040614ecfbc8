/** Inclusive lower and exclusive upper bound of a uniform draw. */
export type Range = readonly [number, number];

/**
 * Every probability and range of the word generator. Lengths are in em (the font size) or in output pixels, as each
 * line says; greys are 0..255; angles are degrees.
 */
export interface SynthParams {
  /** Height of the natural-size crop in pixels, and the share of crops one pixel higher. */
  readonly height: number;
  readonly tallerShare: number;
  /** Shares of lower case, UPPER case; the rest is Title case. */
  readonly lowerShare: number;
  readonly upperShare: number;
  /** Share of upper and title words set in capitals with smaller capitals after the first, and their size. */
  readonly smallCapsShare: number;
  readonly smallCapsScale: Range;
  /** Share of words that get extra letter spacing, its range in em; else a normal deviation in em. */
  readonly spacedShare: number;
  readonly spacing: Range;
  readonly spacingDeviation: number;
  /** Share of words slanted by hand and the slant (tangent). */
  readonly slantShare: number;
  readonly slant: Range;
  /** Share of words emboldened by a stroke and its width in em. */
  readonly emboldenShare: number;
  readonly embolden: Range;
  /** Horizontal stretch: deviation of its logarithm. */
  readonly stretchDeviation: number;
  /** Share of curved words; rise of the arc over the word's half width, deviation; share of those that are waves. */
  readonly curveShare: number;
  readonly curveDeviation: number;
  readonly waveShare: number;
  /** Share of words whose letters stand by their ink boxes, unkerned and uneven. */
  readonly boxedShare: number;
  /** Share of those whose letters move the pen by their ink alone, and the gap that is added, in em. */
  readonly inkShare: number;
  readonly inkGap: Range;
  /** Share of underlined words; thickness and distance below the baseline in em. */
  readonly underlineShare: number;
  readonly underlineThickness: Range;
  readonly underlineDistance: Range;
  /** Share of words with a border (outside or inside the letters), of hollow words (border only), width in em. */
  readonly borderShare: number;
  readonly insetShare: number;
  readonly hollowShare: number;
  readonly borderWidth: Range;
  /** Share of words with a shadow, its offset in output pixels and opacity. */
  readonly shadowShare: number;
  readonly shadowOffset: Range;
  readonly shadowOpacity: Range;
  /** Share of shadows extruded into a block, of blurred ones and their sigma in output pixels. */
  readonly extrudedShare: number;
  readonly softShadowShare: number;
  readonly shadowBlur: Range;
  /** Share of rotated words and the deviation in degrees. */
  readonly rotateShare: number;
  readonly rotateDeviation: number;
  /** Perspective: deviation of the denominators' change over half a word across and down; shear deviation. */
  readonly perspectiveX: number;
  readonly perspectiveY: number;
  readonly shearDeviation: number;
  /** Margins over the text height: a mean for each side, and their deviation. */
  readonly marginTop: number;
  readonly marginBottom: number;
  readonly marginLeft: number;
  readonly marginRight: number;
  readonly marginDeviation: number;
  /** Background greys: share near black or white (within `extremeGrey` of them), else a normal's mean and deviation. */
  readonly extremeShare: number;
  readonly extremeGrey: number;
  readonly greyMean: number;
  readonly greyDeviation: number;
  /** Least difference between background and letters. */
  readonly minContrast: number;
  /** Deviation of the letters' greys; clipped to black and white, which are the commonest letter colours. */
  readonly letterDeviation: number;
  /** Share of words with opaque letters; opacity ranges of those and of the rest; share changing along the word. */
  readonly opaqueShare: number;
  readonly opaque: Range;
  readonly translucent: Range;
  readonly fadeShare: number;
  readonly fade: Range;
  /** Share of those that change in a step. */
  readonly fadeStepShare: number;
  /** Texture amplitude (deviation in greys) as exp(normal): median and deviation of its logarithm; on letters, a factor. */
  readonly textureMedian: number;
  readonly textureLogDeviation: number;
  readonly textureMax: number;
  readonly letterTexture: Range;
  /** Share of words with a strong texture (a photograph behind), its amplitude. */
  readonly strongTextureShare: number;
  readonly strongTexture: Range;
  /** Share of words with such a texture on the letters. */
  readonly strongLetterShare: number;
  /** Texture magnification in output pixels per texel. */
  readonly textureScale: Range;
  /** Share of blurred crops and the range of the Gaussian sigma in output pixels (small ones common). */
  readonly blurShare: number;
  readonly blur: Range;
  /** Share of noisy crops, noise deviation in greys. */
  readonly noiseShare: number;
  readonly noise: Range;
  /** JPEG quality (libjpeg scale). */
  readonly jpegQuality: Range;
}

/** Calibrated against 760 real MJSynth crops (see `lexel synth --stats`). */
export const DEFAULT_SYNTH: SynthParams = {
  height: 31,
  tallerShare: 0.05,
  lowerShare: 1 / 3,
  upperShare: 1 / 3,
  smallCapsShare: 0.05,
  smallCapsScale: [0.7, 0.85],
  spacedShare: 0.29,
  spacing: [0.03, 0.27],
  spacingDeviation: 0.015,
  slantShare: 0.15,
  slant: [-0.05, 0.35],
  emboldenShare: 0.12,
  embolden: [0.01, 0.05],
  stretchDeviation: 0.1,
  curveShare: 0.23,
  curveDeviation: 0.16,
  waveShare: 0.15,
  boxedShare: 0.26,
  inkShare: 0.7,
  inkGap: [0, 0.09],
  underlineShare: 0.07,
  underlineThickness: [0.03, 0.1],
  underlineDistance: [0.08, 0.25],
  borderShare: 0.15,
  insetShare: 0.15,
  hollowShare: 0.05,
  borderWidth: [0.02, 0.1],
  shadowShare: 0.25,
  shadowOffset: [0.5, 2.5],
  shadowOpacity: [0.3, 1],
  extrudedShare: 0.3,
  softShadowShare: 0.4,
  shadowBlur: [0.5, 1.5],
  rotateShare: 0.9,
  rotateDeviation: 4.9,
  perspectiveX: 0.08,
  perspectiveY: 0.03,
  shearDeviation: 0.06,
  marginTop: 0.15,
  marginBottom: 0.085,
  marginLeft: 0.145,
  marginRight: 0.09,
  marginDeviation: 0.09,
  extremeShare: 0.12,
  extremeGrey: 25,
  greyMean: 114,
  greyDeviation: 80,
  minContrast: 40,
  letterDeviation: 140,
  opaqueShare: 0.8,
  opaque: [0.85, 1],
  translucent: [0.35, 0.95],
  fadeShare: 0.18,
  fade: [0.3, 1],
  fadeStepShare: 0.4,
  textureMedian: 1.2,
  textureLogDeviation: 0.9,
  textureMax: 30,
  letterTexture: [0.2, 1.5],
  strongTextureShare: 0.07,
  strongTexture: [15, 55],
  strongLetterShare: 0.06,
  textureScale: [0.8, 6],
  blurShare: 0.45,
  blur: [0.2, 1.4],
  noiseShare: 0.6,
  noise: [0.7, 3],
  jpegQuality: [40, 100],
};
