import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DataError } from '../errors.ts';
import { stepsNeeded } from '../labels.ts';
import { findPackage, notInstalled } from '../optional.ts';
import type { Random } from './random.ts';

interface AffixRule {
  readonly strip: string;
  readonly add: string;
  readonly condition: RegExp | undefined;
}

interface Affix {
  readonly prefix: boolean;
  /** True where the affix may stand together with one of the other kind. */
  readonly cross: boolean;
  readonly rules: AffixRule[];
}

/** Reads the PFX and SFX tables of a Hunspell `.aff` file, by flag letter. */
export function parseAffixes(aff: string): Map<string, Affix> {
  const affixes = new Map<string, Affix>();
  for (const line of aff.split(/\r?\n/)) {
    const [kind, flag, third, fourth, condition] = line.split(/\s+/);
    if ((kind !== 'PFX' && kind !== 'SFX') || flag === undefined || third === undefined || fourth === undefined)
      continue;
    const known = affixes.get(flag);
    if (known === undefined) {
      affixes.set(flag, { prefix: kind === 'PFX', cross: third === 'Y', rules: [] });
      continue;
    }
    const pattern = condition === undefined || condition === '.' ? undefined : condition;
    known.rules.push({
      strip: third === '0' ? '' : third,
      add: fourth === '0' ? '' : (fourth.split('/')[0] ?? ''),
      condition: pattern === undefined ? undefined : new RegExp(known.prefix ? `^${pattern}` : `${pattern}$`),
    });
  }
  return affixes;
}

function* applyAffix(word: string, affix: Affix): Generator<string> {
  for (const rule of affix.rules) {
    if (rule.condition !== undefined && !rule.condition.test(word)) continue;
    if (affix.prefix) {
      if (word.startsWith(rule.strip)) yield rule.add + word.slice(rule.strip.length);
    } else if (word.endsWith(rule.strip)) yield word.slice(0, word.length - rule.strip.length) + rule.add;
  }
}

/** Expands a Hunspell dictionary: every root, with each suffix, each prefix, and both where the rules allow it. */
export function expandDictionary(aff: string, dic: string): Set<string> {
  const affixes = parseAffixes(aff);
  const forms = new Set<string>();
  for (const line of dic.split(/\r?\n/).slice(1)) {
    const [root, flags = ''] = line.split('/');
    if (root === undefined || root === '') continue;
    // NOSUGGEST (!): offensive words; ONLYINCOMPOUND (c): pieces such as "1th".
    if (flags.includes('!') || flags.includes('c')) continue;
    forms.add(root);
    const own = [...flags].map((flag) => affixes.get(flag)).filter((affix) => affix !== undefined);
    for (const affix of own) {
      for (const form of applyAffix(root, affix)) {
        forms.add(form);
        if (affix.prefix || !affix.cross) continue;
        for (const other of own) {
          if (other.prefix && other.cross) for (const both of applyAffix(form, other)) forms.add(both);
        }
      }
    }
  }
  return forms;
}

let loaded: Promise<string[]> | undefined;

async function readDictionary(): Promise<string[]> {
  const main = findPackage('dictionary-en');
  if (main === undefined) throw notInstalled('NO_DICTIONARY', 'The word list is not installed', ['dictionary-en']);
  const folder = dirname(main);
  const [aff, dic] = await Promise.all(['index.aff', 'index.dic'].map((name) => readFile(join(folder, name), 'utf8')));
  const words = new Set<string>();
  for (const form of expandDictionary(aff ?? '', dic ?? '')) {
    // MJSynth's lexicon holds possessives without their apostrophe (GLADSTONES).
    // Those of words in -s are left out: CLASSS is no word there.
    if (/s's$/i.test(form)) continue;
    const bare = form.replace("'", '');
    if (/^[A-Za-z]+$/.test(bare)) words.add(bare.toUpperCase());
  }
  return [...words].sort();
}

/**
 * All English word forms of `dictionary-en`, upper-cased, letters only, sorted by code unit (about 104,000).
 * @throws DataError NO_DICTIONARY where the package is missing
 */
export function loadWords(): Promise<string[]> {
  loaded ??= readDictionary();
  return loaded;
}

/**
 * The words of a file, one a line, upper-cased, each once and in the file's order; empty lines and lines that begin with # are none.
 * @throws DataError NO_WORDS where the file cannot be read
 */
export async function readWords(file: string): Promise<string[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new DataError('NO_WORDS', `Cannot read the word list ${file}: ${(error as Error).message}`);
  }
  const lines = text.split(/\r?\n/).map((line) => line.trim().normalize('NFC'));
  return [...new Set(lines.filter((line) => line !== '' && !line.startsWith('#')).map((line) => line.toUpperCase()))];
}

/**
 * The words of `words` with `minLength` to `maxLength` letters, all of `alphabet`.
 * @throws DataError NO_WORDS where none is left
 */
export function filterWords(
  words: readonly string[],
  minLength: number,
  maxLength: number,
  alphabet: string,
): string[] {
  const allowed = new Set(alphabet);
  const kept = words.filter(
    (w) => w.length >= minLength && w.length <= maxLength && [...w].every((c) => allowed.has(c)),
  );
  if (kept.length === 0) {
    throw new DataError('NO_WORDS', `No word of ${minLength} to ${maxLength} letters fits the alphabet "${alphabet}".`);
  }
  return kept;
}

/** What decides which words there are. */
export interface WordChoice {
  /** A file with one word a line; absent: English words. */
  readonly words?: string;
  readonly minLength: number;
  readonly maxLength: number;
  readonly alphabet: string;
  /** Time steps of the network, where CTC is to align the words. */
  readonly steps?: number;
}

/**
 * The words to draw, and how many of the list are left out for their letters, their length or the time steps that they would need.
 * @throws DataError NO_WORDS where none is left or there is no such file, NO_DICTIONARY
 */
export async function chooseWords(choice: WordChoice): Promise<{ words: string[]; leftOut: number }> {
  const { words: file, minLength, maxLength, alphabet, steps = Number.POSITIVE_INFINITY } = choice;
  const all = file === undefined ? await loadWords() : await readWords(file);
  const short = all.filter((word) => stepsNeeded(word) <= steps);
  try {
    const words = filterWords(short, minLength, maxLength, alphabet);
    return { words, leftOut: all.length - words.length };
  } catch (error) {
    if (file === undefined || !(error instanceof DataError)) throw error;
    throw new DataError('NO_WORDS', `${file}: ${error.message}`);
  }
}

/** A number of the alphabet's digits, sometimes an ordinal, as the few MJSynth labels with digits; undefined where there are none to draw. */
function digitWord(random: Random, { minLength, maxLength, alphabet = `${DIGITS}TH` }: WordLimits): string | undefined {
  const digits = [...DIGITS].filter((d) => alphabet.includes(d));
  const first = digits.filter((d) => d !== '0');
  if (first.length === 0) return undefined;
  const least = Math.min(Math.max(LEAST_NUMBER, minLength), maxLength);
  const length = least + random.int(Math.min(3, maxLength - least + 1));
  let text = first[random.int(first.length)] ?? '';
  while (text.length < length) text += digits[random.int(digits.length)];
  const ordinal = length >= 3 && random.chance(0.4) && alphabet.includes('T') && alphabet.includes('H');
  return ordinal ? `${text.slice(0, length - 2)}TH` : text;
}

const DIGITS = '0123456789';
/** Digits of the shortest number, as long as the longest word may be that long. */
const LEAST_NUMBER = 4;

/** Limits of {@link sampleWord}. */
export interface WordLimits {
  readonly minLength: number;
  readonly maxLength: number;
  /** Share of words made of digits (MJSynth: about 0.0008). */
  readonly digitShare: number;
  /** Whose digits, and letters of ordinals, there are. Default: all of them. */
  readonly alphabet?: string;
}

/** Draws one upper-case word from `words` (never empty), or rarely one with digits. */
export function sampleWord(random: Random, words: readonly string[], limits: WordLimits): string {
  const digits = random.chance(limits.digitShare);
  const word = words[random.int(words.length)] ?? '';
  return (digits ? digitWord(random, limits) : undefined) ?? word;
}
