import type { Range } from '../params.ts';

/** Where a line comes from: what its fonts, greys and damage are like. */
export type LineScene = 'screen' | 'scan' | 'receipt' | 'label';

/** Damage and greys of one scene. Greys are 0..255, lengths in em unless another unit is named. */
export interface LineSceneParams {
  /** Share of lines. */
  readonly share: number;
  /** Font size in pixels of the picture, before the line is scaled to the model's height. */
  readonly em: Range;
  readonly paper: Range;
  /** Least and greatest difference between paper and ink. */
  readonly contrast: Range;
  /** Share with light ink on dark paper. */
  readonly darkShare: number;
  /** Deviation of the skew in degrees that is left after a page is straightened. */
  readonly skew: number;
  /** Share of blurred lines; sigma in em. */
  readonly blurShare: number;
  readonly blur: Range;
  /** Share of noisy lines; deviation in greys. */
  readonly noiseShare: number;
  readonly noise: Range;
  readonly jpegShare: number;
  readonly jpegQuality: Range;
  /** Amplitude of the paper's texture in greys, and change of light from end to end. */
  readonly texture: Range;
  readonly shading: number;
  /** Share whose strokes grow or shrink, as ink and thresholds do, and by how much (coverage). */
  readonly gainShare: number;
  readonly gain: Range;
  /** Share reduced to black and white. */
  readonly binaryShare: number;
}

/** Looks that all scenes share. */
export const LINE_LAYOUT = {
  /** Extra letter and word spacing. */
  spacedShare: 0.12,
  spacing: [-0.02, 0.12],
  justifiedShare: 0.3,
  wordSpacing: [-0.06, 0.5],
  underlineShare: 0.03,
  /** Share that shows parts of the lines above and below. */
  neighbourShare: 0.25,
  lineHeight: [1.02, 1.4],
  /** Margins over the line's height; the tight share is cropped at the ink. */
  marginX: [0.05, 0.7],
  marginY: [0.03, 0.28],
} as const satisfies Readonly<Record<string, number | Range>>;

export const LINE_SCENES: Readonly<Record<LineScene, LineSceneParams>> = {
  screen: {
    share: 0.42,
    em: [10, 36],
    paper: [225, 256],
    contrast: [80, 256],
    darkShare: 0.3,
    skew: 0,
    blurShare: 0.25,
    blur: [0.01, 0.05],
    noiseShare: 0.05,
    noise: [0.5, 3],
    jpegShare: 0.3,
    jpegQuality: [45, 95],
    texture: [0, 0.5],
    shading: 0,
    gainShare: 0.15,
    gain: [-0.15, 0.2],
    binaryShare: 0.01,
  },
  scan: {
    share: 0.36,
    em: [14, 60],
    paper: [195, 252],
    contrast: [110, 240],
    darkShare: 0.02,
    skew: 0.35,
    blurShare: 0.75,
    blur: [0.01, 0.06],
    noiseShare: 0.8,
    noise: [1, 14],
    jpegShare: 0.6,
    jpegQuality: [35, 95],
    texture: [0, 5],
    shading: 25,
    gainShare: 0.5,
    gain: [-0.3, 0.4],
    binaryShare: 0.06,
  },
  receipt: {
    share: 0.12,
    em: [14, 44],
    paper: [175, 248],
    contrast: [50, 200],
    darkShare: 0.01,
    skew: 0.6,
    blurShare: 0.8,
    blur: [0.015, 0.08],
    noiseShare: 0.8,
    noise: [1, 12],
    jpegShare: 0.7,
    jpegQuality: [35, 95],
    texture: [0, 6],
    shading: 40,
    gainShare: 0.6,
    gain: [-0.35, 0.4],
    binaryShare: 0.03,
  },
  label: {
    share: 0.1,
    em: [16, 60],
    paper: [60, 256],
    contrast: [60, 230],
    darkShare: 0.35,
    skew: 0.8,
    blurShare: 0.6,
    blur: [0.01, 0.08],
    noiseShare: 0.6,
    noise: [0.5, 10],
    jpegShare: 0.7,
    jpegQuality: [35, 95],
    texture: [0, 8],
    shading: 40,
    gainShare: 0.3,
    gain: [-0.2, 0.3],
    binaryShare: 0,
  },
};
