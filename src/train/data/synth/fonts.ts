import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DataError } from '../errors.ts';
import { findPackage, notInstalled } from '../optional.ts';
import { loadCanvas } from './canvas.ts';
import { folderFamilies } from './font-folder.ts';
import { mix32, type Random } from './random.ts';

/** Which families to draw with: those of training, the 5 % held out for validation, or all. */
export type FontSplit = 'train' | 'holdout' | 'all';

/** One file of a family: a weight and a style. */
export interface FontFace {
  readonly family: string;
  readonly file: string;
  readonly italic: boolean;
  readonly weight: number;
}

const HOLDOUT_PERCENT = 5;
/** Families that an error tells to install; `families.json` lists the rest. */
const SUGGESTED = 6;

function familyNames(): string[] {
  // tsc does not copy .json to dist, so the built code falls back to the list beside the sources.
  const here = dirname(fileURLToPath(import.meta.url));
  const places = [join(here, 'families.json'), join(here.replace(/([\\/])dist([\\/])/, '$1src$2'), 'families.json')];
  const file = places.find((place) => existsSync(place));
  if (file === undefined) throw new DataError('NO_FONTS', `families.json is missing beside ${here}; build again.`);
  const names: unknown = JSON.parse(readFileSync(file, 'utf8'));
  return Array.isArray(names) ? names.filter((name): name is string => typeof name === 'string') : [];
}

function hashName(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return mix32(hash);
}

/** True where the family belongs to the held-out 5 % (by a hash of its name, so adding families moves none). */
export function isHoldout(family: string): boolean {
  return hashName(family) % 100 < HOLDOUT_PERCENT;
}

function facesOf(family: string, folder: string): FontFace[] {
  const files = join(folder, 'files');
  const faces: FontFace[] = [];
  for (const name of readdirSync(files).sort()) {
    // Only the -latin- subset: -latin-ext- holds none of A-Z.
    const match = name.match(/-latin-(\d+)-(normal|italic)\.woff2$/);
    if (match?.[1] === undefined) continue;
    faces.push({ family, file: join(files, name), italic: match[2] === 'italic', weight: Number(match[1]) });
  }
  return faces;
}

/** The npm package of a family. */
export function fontPackage(family: string): string {
  return `@fontsource/${family}`;
}

/** Where a family's package lies; undefined where it is not installed. */
export function fontFolder(family: string): string | undefined {
  const about = findPackage(`${fontPackage(family)}/package.json`);
  return about === undefined ? undefined : dirname(about);
}

/** Those of `names` that belong to a split. */
export function familiesOf(
  split: FontSplit,
  names: readonly string[],
  heldOut: (family: string) => boolean = isHoldout,
): string[] {
  return names.filter((family) => split === 'all' || heldOut(family) === (split === 'holdout'));
}

/** Aliases by file. Skia knows them in the whole process, whichever library registers them. */
const aliases = new Map<string, string>();

/** The installed families, found once; faces are registered with Skia at first use. */
export class FontLibrary {
  readonly families: readonly (readonly FontFace[])[];

  /**
   * @param names families, as the packages of `@fontsource` are called
   * @param heldOut whether a family is kept for validation
   * @param folder more families, split as the others are (`folderFamilies`); one that is among `names` adds nothing
   * @throws DataError NO_FONTS where no listed family of `@fontsource` is installed, or the folder holds none
   */
  constructor(
    split: FontSplit = 'train',
    names: readonly string[] = familyNames(),
    heldOut: (family: string) => boolean = isHoldout,
    folder?: string,
  ) {
    const wanted = familiesOf(split, names, heldOut);
    const families: FontFace[][] = [];
    for (const family of wanted) {
      const folder = fontFolder(family);
      const faces = folder === undefined ? [] : facesOf(family, folder);
      if (faces.length > 0) families.push(faces);
    }
    if (folder !== undefined) {
      const more = folderFamilies(folder);
      const known = new Set(families.map(([face]) => face?.family));
      for (const family of familiesOf(split, [...more.keys()], heldOut)) {
        const faces = more.get(family);
        if (faces !== undefined && !known.has(family)) families.push(faces);
      }
    }
    if (families.length === 0) {
      const what = `None of the ${wanted.length} font families of the "${split}" split is installed (more give more varied words)`;
      throw notInstalled('NO_FONTS', what, wanted.slice(0, SUGGESTED).map(fontPackage));
    }
    this.families = families;
  }

  /** Draws a family, then one of its faces. */
  pick(random: Random): FontFace {
    const family = this.families[random.int(this.families.length)] ?? [];
    const first = family[random.int(family.length)];
    // Hairline weights are rare in MJSynth; families with many weights would make them common.
    const face = (first?.weight ?? 400) < 300 ? family[random.int(family.length)] : first;
    if (face === undefined) throw new DataError('NO_FONTS', 'A font family without a face.');
    return face;
  }

  /**
   * The alias to draw with; registers the file at first use. One alias a file, so that neither a system font nor Skia's
   * weight matching can step in.
   * @throws DataError NO_FONTS where Skia cannot read the file
   */
  alias(face: FontFace): string {
    const known = aliases.get(face.file);
    if (known !== undefined) return known;
    // No name of the user's: in a font string a comma, quote or bracket would mean something else.
    const alias = `lexel-${aliases.size}`;
    if (loadCanvas().GlobalFonts.registerFromPath(face.file, alias) === null) {
      throw new DataError(
        'NO_FONTS',
        `Cannot read the font ${face.file}: it is damaged, or of a kind that Skia does not know.`,
      );
    }
    aliases.set(face.file, alias);
    return alias;
  }
}
