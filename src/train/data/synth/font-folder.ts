import { readdirSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { DataError } from '../errors.ts';
import type { FontFace } from './fonts.ts';

const KINDS = new Set(['.woff2', '.woff', '.ttf', '.otf']);

/** Weights by the names that font files carry (CSS Fonts Level 4, section 2.2: common names of weights). The longer names come first. */
const NAMED: readonly (readonly [RegExp, number])[] = [
  [/extra-?light|ultra-?light/i, 200],
  [/semi-?bold|demi-?bold/i, 600],
  [/extra-?bold|ultra-?bold/i, 800],
  [/thin|hairline/i, 100],
  [/light/i, 300],
  [/medium/i, 500],
  [/bold/i, 700],
  [/black|heavy/i, 900],
];

/** A face by its file's name: `lato-700-italic.woff2`, `Lato-BoldItalic.ttf`; 400 and upright where the name says nothing. */
function faceOf(family: string, file: string): FontFace {
  const name = basename(file, extname(file));
  const digits = name.match(/(?:^|[-_])([1-9]00)(?:[-_]|$)/)?.[1];
  // A family may be called Black Ops One or Bold Yard: only what follows the last dash is the face's.
  const style = name.slice(name.lastIndexOf('-') + 1);
  const named = style === name ? undefined : NAMED.find(([pattern]) => pattern.test(style))?.[1];
  const italic = /italic|oblique/i.test(style);
  return { family, file, italic, weight: digits === undefined ? (named ?? 400) : Number(digits) };
}

function fontsIn(folder: string, recursive: boolean): string[] {
  return readdirSync(folder, { recursive, withFileTypes: true })
    .filter((entry) => entry.isFile() && KINDS.has(extname(entry.name).toLowerCase()))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/**
 * The typefaces of a folder: each folder in it is a family of that name, with all the font files below; font files in `folder` itself are
 * families of one face. Order and names do not depend on the file system.
 * @throws DataError NO_FONTS where there is no folder, or no font file in it
 */
export function folderFamilies(folder: string): Map<string, FontFace[]> {
  const families = new Map<string, FontFace[]>();
  try {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (!entry.isDirectory()) continue;
      const files = fontsIn(join(folder, entry.name), true);
      if (files.length > 0) {
        families.set(
          entry.name,
          files.map((file) => faceOf(entry.name, file)),
        );
      }
    }
    for (const file of fontsIn(folder, false)) {
      const family = basename(file, extname(file));
      if (!families.has(family)) families.set(family, [faceOf(family, file)]);
    }
  } catch (error) {
    throw new DataError('NO_FONTS', `Cannot read the font folder ${folder}: ${(error as Error).message}`);
  }
  if (families.size === 0) {
    const kinds = [...KINDS].join(', ');
    throw new DataError('NO_FONTS', `The font folder ${folder} holds no font file (${kinds}).`);
  }
  return new Map([...families].sort(([a], [b]) => (a < b ? -1 : 1)));
}
