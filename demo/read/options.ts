import type { DecodeOptions } from '../../src/index.ts';
import { element } from '../page.ts';

const lexicon = element('lexicon', HTMLTextAreaElement);
const language = element('language', HTMLSelectElement);
const alphabet = element('alphabet', HTMLSelectElement);
const beam = element('beam', HTMLInputElement);
const beamValue = element('beam-value', HTMLOutputElement);

/** Readings shown beside the best. */
const TOP = 5;

let words: { text: string; list: readonly string[] } = { text: '', list: [] };

/** The words of the box; the same array while its text stays, so that its search tree is built once. */
function wordList(): readonly string[] {
  if (lexicon.value !== words.text)
    words = { text: lexicon.value, list: [...new Set(lexicon.value.split(/[\s,;]+/).filter(Boolean))] };
  return words.list;
}

/** Words that the reading is held to; 0 where any may come out. */
export function wordCount(): number {
  return wordList().length;
}

/** How the network's output becomes text, as the visitor wants it. */
export function decodeOptions(): DecodeOptions {
  const list = wordList();
  const beamWidth = 2 ** Number(beam.value);
  // A word list says more than a language: it comes first.
  const spelling = list.length === 0 && language.value === 'english';
  return {
    posteriors: true,
    ...(list.length > 0 ? { lexicon: list } : {}),
    ...(spelling ? { languageModel: 'english' as const } : {}),
    ...(alphabet.value ? { alphabet: alphabet.value } : {}),
    // Width 1 is the best path, which has no runners-up.
    ...(beamWidth > 1 || list.length > 0 || spelling
      ? { beamWidth: spelling ? Math.max(8, beamWidth) : beamWidth, topK: TOP }
      : {}),
  };
}

/** Calls `changed` when one of them changes. */
export function onOptions(changed: () => void): void {
  beam.addEventListener('input', () => {
    beamValue.value = String(2 ** Number(beam.value));
    changed();
  });
  lexicon.addEventListener('input', changed);
  for (const choice of [language, alphabet]) choice.addEventListener('change', changed);
}
