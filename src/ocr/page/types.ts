import type { Region } from '../input.ts';

/** A point of the picture in pixels. */
export type Point = readonly [x: number, y: number];

/** A box on the page: level where the page is straight, else turned with its line. */
export interface PageBox {
  /** The upright box around it, in pixels of the picture. */
  readonly box: Region;
  /** Its corners: top left, top right, bottom right, bottom left. */
  readonly corners: readonly [Point, Point, Point, Point];
}

/** One line of text. */
export interface PageLine extends PageBox {
  /** Its words, from left to right. */
  readonly words: readonly PageBox[];
}

/** Why no lines were found: nothing stands out from the paper, or what does is no rows of letters. */
export type NoLines = 'blank' | 'scene';

/** The lines of a page, in reading order. */
export interface PageLayout {
  readonly lines: readonly PageLine[];
  /** How far the page is turned clockwise, in degrees. */
  readonly angle: number;
  /** Light text on a dark ground. */
  readonly dark: boolean;
  /** Set where there are no lines. */
  readonly reason?: NoLines;
}
