import { ImageError } from '../../gpu/errors.ts';
import { type DecodeOptions, MAX_FILE_BYTES, MAX_PIXELS, MAX_SIDE } from './types.ts';

/** Every refusal of this room in its one form: *name: what; remedy*. */
export function imageError(name: string, what: string, hint: string, cause?: unknown): ImageError {
  return new ImageError(`${name}: ${what}`, { hint, cause });
}

/** The file ends before its picture does. */
export function truncated(name: string, format: string, what: string): ImageError {
  return imageError(name, `truncated ${format}: ${what}`, 'Copy or download the file again.');
}

/** The file is all there but its content is wrong. */
export function damaged(name: string, format: string, what: string, cause?: unknown): ImageError {
  return imageError(name, `damaged ${format}: ${what}`, 'Save the picture again from its source.', cause);
}

/** What to call the picture in errors. */
export function nameOf(options: DecodeOptions): string {
  return options.name ?? 'image';
}

/** @throws ImageError where there is nothing to decode or too much of it. */
export function checkBytes(sizeBytes: number, options: DecodeOptions): void {
  if (sizeBytes === 0)
    throw imageError(
      nameOf(options),
      'expected a PNG or JPEG, got an empty file (0 bytes)',
      'Copy or download it again.',
    );
  if (sizeBytes > MAX_FILE_BYTES)
    throw imageError(
      nameOf(options),
      `expected a file of at most ${MAX_FILE_BYTES / 2 ** 20} MiB, got ${Math.ceil(sizeBytes / 2 ** 20)} MiB`,
      'Crop or scale the picture to the word first.',
    );
}

/** @throws ImageError where the dimensions are none or too large to take. */
export function checkSize(width: number, height: number, options: DecodeOptions): void {
  const name = nameOf(options);
  if (width < 1 || height < 1)
    throw imageError(name, `expected at least 1 x 1 pixels, got ${width} x ${height}`, 'Save the picture again.');
  const limit = options.maxPixels ?? MAX_PIXELS;
  if (width * height > limit || width > MAX_SIDE || height > MAX_SIDE)
    throw imageError(
      name,
      `expected at most ${Math.floor(limit / 2 ** 20)} megapixels and ${MAX_SIDE} pixels a side, got ${width} x ${height}`,
      'Crop or scale the picture to the word first.',
    );
}
