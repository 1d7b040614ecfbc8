import { checkSize, damaged, imageError, nameOf, truncated } from './problems.ts';
import type { DecodeOptions, ImageHeader, Orientation } from './types.ts';

/** A JPEG whose segments have been walked; nothing is decoded yet. https://www.w3.org/Graphics/JPEG/itu-t81.pdf */
export interface JpegHeader extends ImageHeader {
  /** 1 grey, 3 colour, 4 CMYK or YCCK. */
  readonly components: number;
  readonly progressive: boolean;
  readonly scans: number;
  /** Where the end-of-image marker ends; cameras append a second picture after it. */
  readonly end: number;
}

/** Frame types that no decoder here takes, by the low half of their marker. */
const FRAMES: Readonly<Record<number, string>> = {
  3: 'lossless',
  5: 'hierarchical',
  6: 'hierarchical',
  7: 'hierarchical lossless',
  9: 'arithmetic-coded',
  10: 'arithmetic-coded',
  11: 'arithmetic-coded lossless',
  13: 'arithmetic-coded hierarchical',
  14: 'arithmetic-coded hierarchical',
  15: 'arithmetic-coded hierarchical',
};
/** Each scan of a progressive picture is a pass over all of it: encoders write about ten. */
const MAX_SCANS = 100;
/** An 8 x 8 block takes at least one bit. */
const MAX_PIXELS_PER_BYTE = 8 * 64;

/** First byte at or after `at` that starts a marker other than a restart, inside entropy-coded data. */
function scanEnd(bytes: Uint8Array, at: number): number {
  for (let i = bytes.indexOf(0xff, at); i >= 0 && i + 1 < bytes.length; i = bytes.indexOf(0xff, i + 1)) {
    const next = bytes[i + 1];
    if (next !== 0 && next !== 0xff && (next < 0xd0 || next > 0xd7)) return i;
  }
  return bytes.length;
}

/** The orientation tag (0x0112) of an EXIF segment; 1 where there is none or it makes no sense. */
export function exifOrientation(segment: Uint8Array): Orientation {
  const none: Orientation = 1;
  if (segment.length < 14 || String.fromCharCode(...segment.subarray(0, 6)) !== 'Exif\0\0') return none;
  const view = new DataView(segment.buffer, segment.byteOffset + 6, segment.byteLength - 6);
  const order = view.getUint16(0);
  if (order !== 0x4949 && order !== 0x4d4d) return none;
  const little = order === 0x4949;
  const directory = view.getUint32(4, little);
  if (directory + 2 > view.byteLength) return none;
  const count = view.getUint16(directory, little);
  for (let i = 0; i < count; i++) {
    const entry = directory + 2 + i * 12;
    if (entry + 12 > view.byteLength) return none;
    if (view.getUint16(entry, little) !== 0x0112) continue;
    const value = view.getUint16(entry + 8, little);
    return value >= 1 && value <= 8 ? (value as Orientation) : none;
  }
  return none;
}

/** Width, height and components of a frame header. @throws ImageError where no decoder here takes it. */
function readFrame(
  body: Uint8Array,
  marker: number,
  options: DecodeOptions,
): { width: number; height: number; components: number } {
  const name = nameOf(options);
  const exotic = FRAMES[marker & 15];
  if (exotic)
    throw imageError(
      name,
      `expected a baseline or progressive JPEG, got one that is ${exotic}`,
      'Save it as an ordinary JPEG or PNG.',
    );
  if (body.length < 6) throw damaged(name, 'JPEG', `a frame header of ${body.length} bytes`);
  const [precision, h1, h0, w1, w0, components] = body;
  if (precision !== 8)
    throw imageError(name, `expected 8 bits a sample, got ${precision}`, 'Save it as an 8-bit JPEG or PNG.');
  if (![1, 3, 4].includes(components)) throw damaged(name, 'JPEG', `a picture of ${components} components`);
  const size = { width: w1 * 256 + w0, height: h1 * 256 + h0, components };
  checkSize(size.width, size.height, options);
  return size;
}

/**
 * Walks a JPEG's segments to its end marker and checks its size against the limits, before anything is decoded.
 * @throws ImageError where it is truncated, damaged, too large or of a rare kind.
 */
export function readJpegHeader(bytes: Uint8Array, options: DecodeOptions): JpegHeader {
  const name = nameOf(options);
  let frame: { width: number; height: number; components: number } | undefined;
  let progressive = false;
  let orientation: Orientation = 1;
  let scans = 0;
  const cut = () => truncated(name, 'JPEG', `ends at byte ${bytes.length}, before its end marker`);
  for (let at = 2; ; ) {
    // Any number of 0xFF may fill up before a marker.
    if (at + 1 >= bytes.length) throw cut();
    if (bytes[at] !== 0xff) throw damaged(name, 'JPEG', `no marker at byte ${at}`);
    const marker = bytes[at + 1];
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (marker === 0xd9) {
      if (frame === undefined || scans === 0) throw damaged(name, 'JPEG', 'no image data');
      checkDensity(frame, scans, bytes.length, name);
      return { ...frame, orientation, progressive, scans, end: at + 2 };
    }
    if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) {
      at += 2;
      continue;
    }
    if (at + 4 > bytes.length) throw cut();
    const length = bytes[at + 2] * 256 + bytes[at + 3];
    if (length < 2) throw damaged(name, 'JPEG', `a segment of ${length} bytes at byte ${at}`);
    if (at + 2 + length > bytes.length) throw cut();
    const body = bytes.subarray(at + 4, at + 2 + length);
    at += 2 + length;
    if (marker === 0xe1 && orientation === 1) orientation = exifOrientation(body);
    // C4 and CC are tables, C8 is reserved; the rest of C0 to CF are frames.
    else if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      if (frame) throw damaged(name, 'JPEG', 'a second frame header');
      frame = readFrame(body, marker, options);
      progressive = marker === 0xc2;
    } else if (marker === 0xda) {
      if (frame === undefined) throw damaged(name, 'JPEG', 'image data before the frame header');
      scans++;
      at = scanEnd(bytes, at);
    }
  }
}

/** Refuses what would take long to decode to nothing: a picture far too large for its bytes, or scans without end. */
function checkDensity(frame: { width: number; height: number }, scans: number, sizeBytes: number, name: string): void {
  if (frame.width * frame.height > sizeBytes * MAX_PIXELS_PER_BYTE)
    throw damaged(name, 'JPEG', `${sizeBytes} bytes cannot hold ${frame.width} x ${frame.height} pixels`);
  if (scans > MAX_SCANS)
    throw imageError(name, `expected at most ${MAX_SCANS} scans, got ${scans}`, 'Save it as an ordinary JPEG or PNG.');
}
