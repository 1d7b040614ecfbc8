import type { ImageError } from '../../gpu/errors.ts';
import { imageError } from './problems.ts';

/** What the first bytes of a file say it is. */
export type FileKind = 'png' | 'jpeg' | OtherKind;
/** Pictures that a browser may decode and Node does not. */
export type OtherKind = 'gif' | 'webp' | 'avif' | 'heic' | 'bmp' | 'tiff' | 'ico' | 'jp2' | 'jxl' | Unreadable;
type Unreadable = 'svg' | 'pdf' | 'psd' | 'html' | 'lfs' | 'archive' | 'text' | 'unknown';

/** Signatures as text; `?` matches any byte. */
const MAGIC: readonly (readonly [FileKind, string])[] = [
  ['png', '\x89PNG\r\n\x1a\n'],
  ['jpeg', '\xff\xd8\xff'],
  ['gif', 'GIF87a'],
  ['gif', 'GIF89a'],
  ['webp', 'RIFF????WEBP'],
  ['tiff', 'II*\0'],
  ['tiff', 'MM\0*'],
  ['tiff', 'II+\0'],
  ['tiff', 'MM\0+'],
  ['ico', '\0\0\x01\0'],
  ['jp2', '\0\0\0\x0cjP  '],
  ['jp2', '\xff\x4f\xff\x51'],
  ['jxl', '\0\0\0\x0cJXL '],
  ['jxl', '\xff\x0a'],
  ['pdf', '%PDF-'],
  ['psd', '8BPS'],
  ['archive', 'PK\x03\x04'],
  ['archive', '\x1f\x8b'],
  ['lfs', 'version https://git-lfs'],
];

const NAMES: Record<OtherKind, string> = {
  gif: 'a GIF',
  webp: 'a WebP',
  avif: 'an AVIF',
  heic: 'a HEIC photo',
  bmp: 'a BMP',
  tiff: 'a TIFF',
  ico: 'an icon file',
  jp2: 'a JPEG 2000',
  jxl: 'a JPEG XL',
  svg: 'an SVG (a drawing, without pixels)',
  pdf: 'a PDF',
  psd: 'a Photoshop file',
  html: 'an HTML page',
  lfs: 'a Git LFS pointer',
  archive: 'an archive',
  text: 'a text file',
  unknown: 'an unknown format',
};

const HINTS: Partial<Record<OtherKind, string>> = {
  heic: 'Convert it to JPEG: on an iPhone, Settings > Camera > Formats > Most Compatible saves JPEG.',
  svg: 'Render it to a PNG first.',
  pdf: 'Render the page to a PNG and crop the word.',
  html: 'The download gave a web page instead of the picture: fetch the picture itself.',
  lfs: 'Run `git lfs pull` to fetch the picture.',
  archive: 'Unpack it first.',
  text: 'Give the picture itself: this holds only text.',
  unknown: 'Check that the file is a picture, and save it as PNG or JPEG.',
};

function starts(bytes: Uint8Array, magic: string): boolean {
  if (bytes.length < magic.length) return false;
  for (let i = 0; i < magic.length; i++) if (magic[i] !== '?' && bytes[i] !== magic.charCodeAt(i)) return false;
  return true;
}

/** ISO base media files (`ftyp`) name their brand at byte 8. */
function isoKind(bytes: Uint8Array): OtherKind | undefined {
  if (!starts(bytes, '????ftyp')) return undefined;
  const brand = String.fromCharCode(...bytes.subarray(8, 12));
  if (brand.startsWith('avi')) return 'avif';
  return /^(hei|hev|mif1|msf1)/.test(brand) ? 'heic' : 'unknown';
}

function textKind(bytes: Uint8Array): OtherKind {
  const head = bytes.subarray(0, 1024);
  // Control characters other than tab, line ends and form feed, or UTF-16's zeros: no text.
  if (head.some((b) => b < 9 || (b > 13 && b < 32 && b !== 27) || b === 127)) return 'unknown';
  let text: string;
  try {
    // A character cut off at byte 1024 is no fault: `stream` keeps it for later.
    text = new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
  } catch {
    return 'unknown';
  }
  if (/<svg[\s>]/i.test(text)) return 'svg';
  return /^\s*(<!doctype html|<html)/i.test(text) ? 'html' : 'text';
}

/** Names a file's format by its content; its name is never asked. */
export function sniff(bytes: Uint8Array): FileKind {
  const known = MAGIC.find(([, magic]) => starts(bytes, magic));
  if (known) return known[0];
  // BM alone also starts many texts: a bitmap has its reserved bytes zero.
  if (starts(bytes, 'BM????\0\0\0\0')) return 'bmp';
  return isoKind(bytes) ?? textKind(bytes);
}

/** The refusal of what is neither PNG nor JPEG. */
export function notAPicture(name: string, kind: OtherKind): ImageError {
  return imageError(
    name,
    `expected a PNG or JPEG, got ${NAMES[kind]}`,
    HINTS[kind] ?? 'Convert it to PNG or JPEG first.',
  );
}
