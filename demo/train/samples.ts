import { decodeImage } from '../../src/index.ts';
import { Alphabet, resizeGrey } from '../../src/nn/index.ts';
import { alignable, parseLabels } from '../../src/train/index.ts';
import { drawGrey, element, explain, make } from '../page.ts';
import type { Sample } from './finetune.ts';

/** A picture in the list, with its place on the page. */
interface Entry {
  image: Sample['image'];
  readonly file: string;
  label: string;
  readonly item: HTMLLIElement;
  readonly input: HTMLInputElement;
  readonly why: HTMLElement;
}

/** Higher pictures are shrunk: the network sees 32 rows. */
const MOST_ROWS = 96;
/** Longest label that a training step has room for. */
const MOST_LETTERS = 24;

/** What a file's name says: the letters before the first sign, `HELLO_3.png` is HELLO; nothing where it says none. */
export function labelFromName(name: string): string {
  const [, word = ''] = /^(?:\d+[_ -])?([\p{L}\p{N}]+)/u.exec(name.replace(/\.[^.]+$/, '')) ?? [];
  return /^(img|image|dsc|dscn|scan|screenshot|photo|untitled|crop|word)\d*$/i.test(word) || /^\d{5,}$/.test(word)
    ? ''
    : word;
}

/** The pictures to learn from and what they say. */
export class SampleList {
  private readonly entries: Entry[] = [];
  private readonly list = element('samples', HTMLUListElement);
  private alphabet = new Alphabet();
  private timeSteps = 32;

  constructor(private readonly changed: () => void) {}

  /** What the model that training starts from can learn. */
  setModel(alphabet: Alphabet, timeSteps: number): void {
    this.alphabet = alphabet;
    this.timeSteps = timeSteps;
    for (const entry of this.entries) this.judge(entry);
    this.changed();
  }

  get size(): number {
    return this.entries.length;
  }

  /** Pictures without a label yet, or with one that cannot be learnt. */
  get unready(): number {
    return this.entries.filter((e) => this.problem(e.label) !== '').length;
  }

  /** The pictures that can be learnt from. */
  ready(): Sample[] {
    return this.entries
      .filter((e) => this.problem(e.label) === '')
      .map(({ image, label }) => ({ image, label: this.alphabet.normalise(label) }));
  }

  /** Adds pictures from files. @returns what could not be read, with why */
  async addFiles(files: readonly File[]): Promise<string[]> {
    const problems: string[] = [];
    for (const file of files) {
      try {
        const image = await decodeImage(new Uint8Array(await file.arrayBuffer()), { name: file.name });
        this.add({ image, label: labelFromName(file.name) }, file.name);
      } catch (error) {
        problems.push(`${file.name}: ${explain(error)}`);
      }
    }
    this.changed();
    return problems;
  }

  /** Sets the labels of a list. @returns how many pictures it labelled. @throws DataError when it is no list */
  addLabels(text: string, format: 'tsv' | 'csv'): number {
    const base = (path: string) => path.split(/[\\/]/).at(-1) ?? path;
    const labels = new Map(parseLabels(text, format).rows.map((r) => [base(r.file), r.label]));
    let found = 0;
    for (const entry of this.entries) {
      const label = labels.get(base(entry.file));
      if (label === undefined) continue;
      found++;
      entry.label = label;
      entry.input.value = label;
      this.judge(entry);
    }
    this.changed();
    return found;
  }

  add({ image, label }: Sample, file: string): void {
    const small = shrunk(image);
    const canvas = make('canvas');
    drawGrey(canvas, small);
    const input = make('input', {
      type: 'text',
      value: label,
      placeholder: 'what it says',
      autocomplete: 'off',
      spellcheck: false,
    });
    input.setAttribute('aria-label', `What ${file} says`);
    const why = make('span', { className: 'why' });
    const remove = make('button', { type: 'button', title: `Remove ${file}` }, '×');
    remove.setAttribute('aria-label', `Remove ${file}`);
    const item = make('li', {}, canvas, input, why, remove);
    const entry: Entry = { image: small, file, label, item, input, why };
    input.addEventListener('input', () => {
      entry.label = input.value.trim();
      this.judge(entry);
      this.changed();
    });
    remove.addEventListener('click', () => {
      const at = this.entries.indexOf(entry);
      this.entries.splice(at, 1);
      item.remove();
      (this.entries[Math.min(at, this.entries.length - 1)]?.input ?? element('files', HTMLInputElement)).focus();
      this.changed();
    });
    this.entries.push(entry);
    this.list.append(item);
    this.judge(entry);
  }

  clear(): void {
    this.entries.length = 0;
    this.list.replaceChildren();
    this.changed();
  }

  private judge(entry: Entry): void {
    const problem = this.problem(entry.label);
    entry.item.classList.toggle('wrong', problem !== '');
    entry.why.textContent = entry.label === '' ? '' : problem;
    entry.input.setAttribute('aria-invalid', String(problem !== ''));
  }

  /** Why a label cannot be learnt; '' when it can. */
  private problem(label: string): string {
    if (label === '') return 'no label';
    const normal = this.alphabet.normalise(label);
    const strange = [...normal].find((c) => !this.alphabet.symbols.includes(c));
    if (strange !== undefined) return `this model has no “${strange}”`;
    if ([...normal].length > MOST_LETTERS || !alignable(normal, this.timeSteps, this.alphabet.text).ok)
      return 'too long for this model';
    return '';
  }
}

function shrunk(image: Sample['image']): Sample['image'] {
  if (image.height <= MOST_ROWS) return image;
  const width = Math.max(1, Math.round((image.width * MOST_ROWS) / image.height));
  return { width, height: MOST_ROWS, grey: resizeGrey(image.grey, image.width, image.height, width, MOST_ROWS) };
}
