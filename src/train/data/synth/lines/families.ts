/** Families for lines of text: all of printable ASCII, lower case that is no small capitals, legible at body sizes. */

import { DataError } from '../../errors.ts';
import { notInstalled } from '../../optional.ts';
import { type FontFace, FontLibrary, type FontSplit, familiesOf, fontFolder, fontPackage } from '../fonts.ts';
import type { Random } from '../random.ts';

export type LineFontKind = 'sans' | 'serif' | 'mono' | 'display' | 'hand';

export const LINE_FAMILIES: Readonly<Record<LineFontKind, readonly string[]>> = {
  sans: [
    ...['abeezee', 'abel', 'acme', 'actor', 'aldrich', 'alegreya-sans', 'amaranth', 'anton', 'archivo-black'],
    ...['archivo-narrow', 'arimo', 'asap-condensed', 'barlow-condensed', 'basic', 'belleza', 'cabin', 'days-one'],
    ...['didact-gothic', 'dosis', 'exo-2', 'fira-sans', 'fjalla-one', 'inder', 'jockey-one', 'josefin-sans', 'jost'],
    ...['jura', 'kanit', 'karla', 'khand', 'krona-one', 'lato', 'league-gothic', 'maven-pro', 'michroma', 'montserrat'],
    ...['montserrat-alternates', 'nunito', 'open-sans', 'open-sans-condensed', 'oswald', 'overpass', 'paytone-one'],
    ...[
      'philosopher',
      'play',
      'poppins',
      'pt-sans',
      'pt-sans-narrow',
      'quantico',
      'questrial',
      'quicksand',
      'rajdhani',
    ],
    ...['raleway', 'roboto', 'roboto-condensed', 'russo-one', 'sansita', 'share-tech', 'signika', 'source-sans-pro'],
    ...['teko', 'tenor-sans', 'titillium-web', 'ubuntu', 'varela-round', 'work-sans', 'yanone-kaffeesatz'],
  ],
  serif: [
    ...['adamina', 'alegreya', 'alice', 'arvo', 'bitter', 'bree-serif', 'cardo', 'cormorant', 'crimson-text'],
    ...['dm-serif-display', 'domine', 'eb-garamond', 'headland-one', 'im-fell-english', 'inknut-antiqua'],
    ...['libre-baskerville', 'lora', 'lustria', 'marcellus', 'merriweather', 'old-standard-tt', 'ovo'],
    ...['playfair-display', 'poly', 'prata', 'pt-serif', 'quattrocento', 'roboto-slab', 'rokkitt', 'slabo-27px'],
    ...['source-serif-pro', 'tinos', 'unna', 'vollkorn', 'zilla-slab'],
  ],
  mono: [
    ...['anonymous-pro', 'courier-prime', 'inconsolata', 'roboto-mono', 'source-code-pro', 'space-mono'],
    ...['ubuntu-mono', 'vt323'],
  ],
  display: [
    ...['abril-fatface', 'alfa-slab-one', 'audiowide', 'balsamiq-sans', 'calistoga', 'carter-one', 'changa-one'],
    ...['comfortaa', 'gabarito', 'goldman', 'happy-monkey', 'passion-one', 'patua-one', 'purple-purse', 'righteous'],
    ...['rowdies', 'special-elite', 'titan-one', 'yeseva-one'],
  ],
  hand: [
    ...['architects-daughter', 'bad-script', 'comic-neue', 'delius', 'handlee', 'indie-flower', 'kalam', 'neucha'],
    ...['patrick-hand', 'schoolbell', 'short-stack'],
  ],
};

/** Families of a kind that an error tells to install. */
const SUGGESTED = 2;

/** Kept for validation: of each kind some, and every family that the word generator holds out. */
const HOLDOUT: ReadonlySet<string> = new Set([
  ...['asap-condensed', 'days-one', 'karla', 'source-sans-pro', 'titillium-web'],
  ...['marcellus', 'lora', 'source-serif-pro'],
  'ubuntu-mono',
  ...['audiowide', 'purple-purse'],
  ...['bad-script', 'delius'],
]);

/** True where a family of lines is never trained on. */
export function isLineHoldout(family: string): boolean {
  return HOLDOUT.has(family);
}

/** The installed families of lines, by kind. */
export class LineFonts {
  readonly #kinds: ReadonlyMap<LineFontKind, FontLibrary>;

  /** @throws DataError NO_FONTS where a kind has none installed */
  constructor(split: FontSplit) {
    const kinds = Object.values(LINE_FAMILIES).map((names) => familiesOf(split, names, isLineHoldout));
    const missing = kinds.filter((families) => !families.some(fontFolder));
    if (missing.length > 0) {
      const what = `Lines of the "${split}" split need fonts of ${kinds.length} kinds, of which ${missing.length} have none installed`;
      throw notInstalled(
        'NO_FONTS',
        what,
        missing.flatMap((families) => families.slice(0, SUGGESTED).map(fontPackage)),
      );
    }
    this.#kinds = new Map(
      Object.entries(LINE_FAMILIES).map(([kind, names]) => [
        kind as LineFontKind,
        new FontLibrary(split, names, isLineHoldout),
      ]),
    );
  }

  /** Draws a face of a kind, and the alias to draw with. */
  pick(random: Random, kind: LineFontKind): { face: FontFace; alias: string } {
    const library = this.#kinds.get(kind);
    if (!library) throw new DataError('NO_FONTS', `No font of kind ${kind}.`);
    const face = library.pick(random);
    return { face, alias: library.alias(face) };
  }
}
