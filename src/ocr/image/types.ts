/** A grey image: `grey` is `[height, width]`, 0 black to 255 white (Rec. 601 luma, composited over white). */
export interface GreyImage {
  readonly width: number;
  readonly height: number;
  readonly grey: Uint8Array;
}

/** How the bytes of a picture are read. */
export interface DecodeOptions {
  /** What to call the picture in errors: a path, a URL; `image` by default. */
  name?: string;
  /** Largest number of pixels taken; {@link MAX_PIXELS} by default. */
  maxPixels?: number;
}

/** 64 megapixels: twice the largest phone camera frame, and 256 MB once decoded to RGBA. */
export const MAX_PIXELS = 64 * 1024 * 1024;
/** Bytes of a compressed picture beyond which nothing is decoded. */
export const MAX_FILE_BYTES = 256 * 1024 * 1024;
/** Longest side; a picture of 1 x 64 M pixels is no picture of a word, and decoders spend a row's overhead on each pixel. */
export const MAX_SIDE = 65_500;

/** EXIF orientation: 1 as stored, 3 upside down, 6 and 8 on a side, the even ones mirrored. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

/** What a header says, before anything is allocated. */
export interface ImageHeader {
  readonly width: number;
  readonly height: number;
  readonly orientation: Orientation;
}
