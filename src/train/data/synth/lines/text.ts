import type { Random } from '../random.ts';
import { codeText, webText } from './code.ts';
import { capital, pick } from './draw.ts';
import { dateText, numberText, receiptText } from './numbers.ts';

/** What a line says; fonts and grounds follow from it. */
export type LineKind = 'prose' | 'word' | 'heading' | 'number' | 'receipt' | 'web' | 'code' | 'noise';

export interface LineText {
  readonly kind: LineKind;
  /** Printable ASCII, single spaces, none at the ends, at least one other character. */
  readonly text: string;
}

/** The commonest words of English running text; a dictionary alone would hold one "the" in a hundred thousand. */
const COMMON = (
  'the of and to a in is it you that he was for on are with as I his they be at one have this from or had by not but ' +
  'some what there we can out other were all your when up use word how said an each she which do their time if will way ' +
  'about many then them would write like so these her long make thing see him two has look more day could go come did ' +
  "my no most who over know than call first people may down been now find any new work part take get place don't it's"
).split(' ');

const SHARES: readonly (readonly [LineKind, number])[] = [
  ['prose', 0.42],
  ['word', 0.08],
  ['heading', 0.08],
  ['number', 0.13],
  ['receipt', 0.08],
  ['web', 0.06],
  ['code', 0.1],
  ['noise', 0.05],
];

/** One word, lower case, common or from the dictionary (upper-case forms). */
export function plainWord(random: Random, words: readonly string[]): string {
  return random.chance(0.5) ? pick(random, COMMON) : pick(random, words).toLowerCase();
}

function drawKind(random: Random): LineKind {
  let at = random.float();
  for (const [kind, share] of SHARES) {
    at -= share;
    if (at < 0) return kind;
  }
  return 'prose';
}

/** Running text from somewhere in a page: it may begin within a sentence. */
function prose(random: Random, words: readonly string[], length: number): string {
  let text = '';
  let begins = random.chance(0.4);
  let open = '';
  while (text.length < length) {
    let word = plainWord(random, words);
    if (random.chance(0.04)) word = numberText(random);
    if (random.chance(0.02)) word = `${word}-${plainWord(random, words)}`;
    if (random.chance(0.02)) word += "'s";
    if (begins || random.chance(0.06)) word = capital(word);
    begins = false;
    if (!open && random.chance(0.03)) {
      open = pick(random, ['"', "'", ')']);
      word = (open === ')' ? '(' : open) + word;
    } else if (open && random.chance(0.3)) {
      word += open;
      open = '';
    }
    const end = random.float();
    if (end < 0.08) word += ',';
    else if (end < 0.14) {
      word += pick(random, ['.', '.', '.', '.', '?', '!', '...']);
      begins = true;
    } else if (end < 0.16) word += pick(random, [';', ':', ' -', ' --', ' &', ' /']);
    text += (text ? ' ' : '') + word;
  }
  return text;
}

function heading(random: Random, words: readonly string[], length: number): string {
  const upper = random.chance(0.45);
  const parts: string[] = [];
  if (random.chance(0.2))
    parts.push(pick(random, [`${1 + random.int(20)}.`, `${1 + random.int(9)}.${random.int(9)}`, '#', '*']));
  while (parts.join(' ').length < length) {
    const word = plainWord(random, words);
    parts.push(upper ? word.toUpperCase() : capital(word));
  }
  return parts.join(' ') + (random.chance(0.15) ? pick(random, [':', '!', '?']) : '');
}

function single(random: Random, words: readonly string[]): string {
  const word = pick(random, words).toLowerCase();
  const shape = random.float();
  const cased = shape < 0.4 ? word : shape < 0.7 ? capital(word) : word.toUpperCase();
  return random.chance(0.2) ? cased + pick(random, ['.', ',', ':', '?', '!', ')', '"', ';']) : cased;
}

/** Characters in any order, so that the rare ones are learnt too. */
function noise(random: Random, length: number): string {
  const sets = ['0123456789abcdef', 'ABCDEFGHJKLMNPQRSTUVWXYZ0123456789', ''];
  const set = pick(random, sets);
  let text = '';
  while (text.length < length) {
    const group = 2 + random.int(9);
    if (text) text += ' ';
    for (let i = 0; i < group; i++)
      text += set ? set[random.int(set.length)] : String.fromCharCode(33 + random.int(94));
  }
  return text;
}

function piece(random: Random, kind: LineKind, words: readonly string[], length: number): string {
  switch (kind) {
    case 'prose':
      return prose(random, words, length);
    case 'heading':
      return heading(random, words, length);
    case 'word':
      return single(random, words);
    case 'number':
      return random.chance(0.35) ? dateText(random) : numberText(random);
    case 'receipt':
      return receiptText(random, words);
    case 'web':
      return webText(random, words);
    case 'code':
      return codeText(random, words);
    case 'noise':
      return noise(random, length);
  }
}

/** Cuts at a space where one is near the end, else within a word. */
function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  const space = text.lastIndexOf(' ', length);
  return (space > 0.6 * length ? text.slice(0, space) : text.slice(0, length)).trim();
}

/**
 * Draws what a line says.
 * @param words upper-case dictionary forms
 * @param length about how many characters it should have, at most
 */
export function drawLineText(random: Random, words: readonly string[], length: number): LineText {
  const kind = drawKind(random);
  const parts = [piece(random, kind, words, length)];
  // Short pieces side by side, as the cells of a table are.
  const repeats = kind === 'number' || kind === 'word' || kind === 'web' ? 0.85 : 0.5;
  while (parts.join(' ').length < 0.75 * length && random.chance(repeats))
    parts.push(piece(random, kind, words, length - parts.join(' ').length));
  const text = cut(parts.join(' ').replace(/\s+/g, ' ').trim(), length);
  return { kind, text: text === '' ? single(random, words).slice(0, Math.max(1, length)) : text };
}
