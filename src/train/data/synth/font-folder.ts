import { readdirSync, realpathSync, statSync } from 'node:fs';
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

/** A face by its file's name: `lato-latin-700-italic.woff2`, `Lato-BoldItalic.ttf`; 400 and upright where the name says nothing. */
function faceOf(family: string, file: string): FontFace {
  const name = basename(file, extname(file));
  const digits = name.match(/(?:^|[-_ ])([1-9]00)(?:[-_ ]|italic|$)/i)?.[1];
  // What precedes the first dash is the family's: Blackletter is not black, nor Lightning light.
  const dash = name.search(/[-_ ]/);
  const style = dash < 0 ? '' : name.slice(dash + 1);
  const named = NAMED.find(([pattern]) => pattern.test(style))?.[1];
  const italic = /italic|oblique/i.test(style);
  return { family, file, italic, weight: digits === undefined ? (named ?? 400) : Number(digits) };
}

/** Names that begin with a dot are leftovers and what systems keep for themselves. */
const isShown = (name: string) => !name.startsWith('.');

/** The font files of a folder, behind links too, in an order that does not depend on the file system. */
function fontsIn(folder: string, recursive: boolean, met = new Set<string>()): string[] {
  // A link may lead back to where it lies.
  const real = realpathSync(folder);
  if (met.has(real)) return [];
  met.add(real);
  const found: string[] = [];
  for (const name of readdirSync(folder).filter(isShown)) {
    const path = join(folder, name);
    const kind = statSync(path, { throwIfNoEntry: false });
    if (kind?.isFile() && KINDS.has(extname(name).toLowerCase())) found.push(path);
    else if (recursive && kind?.isDirectory()) found.push(...fontsIn(path, true, met));
  }
  return found.sort();
}

/**
 * The typefaces of a folder: each folder in it is a family of that name, with all the font files below; font files in `folder` itself are
 * families of one face. Order and names do not depend on the file system.
 * @throws DataError NO_FONTS where there is no folder, or no font file in it
 */
export function folderFamilies(folder: string): Map<string, FontFace[]> {
  const families = new Map<string, FontFace[]>();
  try {
    for (const name of readdirSync(folder)) {
      const inside = join(folder, name);
      if (!isShown(name) || !statSync(inside, { throwIfNoEntry: false })?.isDirectory()) continue;
      const files = fontsIn(inside, true);
      if (files.length > 0) {
        families.set(
          name,
          files.map((file) => faceOf(name, file)),
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
