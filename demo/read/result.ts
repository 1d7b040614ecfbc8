import type { Reading, Region } from '../../src/index.ts';
import { element, make, milliseconds, percent } from '../page.ts';
import { showHeat } from './heat.ts';
import { wordCount } from './options.ts';

const result = element('result', HTMLElement);
const frame = element('frame', HTMLElement);
const picture = element('picture', HTMLCanvasElement);
const chars = element('chars', HTMLOListElement);
const letters = element('letters', HTMLUListElement);
const text = element('text', HTMLOutputElement);
const verdict = element('verdict', HTMLElement);
const confidence = element('confidence', HTMLElement);
const also = element('also', HTMLElement);
const times = element('times', HTMLElement);
const time = element('time', HTMLElement);
const advice = element('advice', HTMLElement);

/** Below this the reading is more likely wrong than right. */
const DOUBTFUL = 0.5;
/** Height of a letter's slice, in pixels. */
const SLICE_ROWS = 96;
/** What else a letter may be, at most. */
const MOST_ALTERNATIVES = 3;

/** The picture, or the marked part of it, with what was read in it. */
export function showReading(source: CanvasImageSource, shown: Region, reading: Reading, truth?: string): void {
  const width = Math.max(1, Math.round(shown.width));
  const height = Math.max(1, Math.round(shown.height));
  picture.width = width;
  picture.height = height;
  picture.getContext('2d')?.drawImage(source, shown.x, shown.y, shown.width, shown.height, 0, 0, width, height);
  picture.setAttribute('aria-label', `The picture that was read: ${reading.text || 'no letters'}`);
  frame.style.setProperty('--aspect', String(width / height));
  frame.style.setProperty('--tall', `${height}px`);
  showAnswer(reading, truth);
  showLetters(shown, reading);
  showHeat(reading.posteriors);
  showTimes(reading);
  result.hidden = false;
}

export function hideReading(): void {
  result.hidden = true;
}

function showAnswer(reading: Reading, truth: string | undefined): void {
  text.value = reading.text || '(no letters)';
  text.classList.toggle('none', reading.text === '');
  text.style.setProperty('--letters', String(Math.max(1, text.value.length)));
  const right = truth !== undefined && reading.text === truth.toUpperCase();
  verdict.textContent = truth === undefined ? '' : right ? '✓ right' : `✗ it says ${truth}`;
  verdict.className = right ? 'good' : 'bad';
  const share = percent(reading.confidence, reading.confidence > 0.995 ? 1 : 0);
  // Among the words of a list even the best may be far from what is written.
  const sure = wordCount() > 0 ? `${share} of what your list allows` : `${share} sure`;
  confidence.textContent = reading.text === '' ? '' : sure;
  confidence.className = reading.confidence < DOUBTFUL ? 'bad' : '';
  const others = reading.alternatives.slice(1).filter((a) => a.probability >= 1e-4);
  also.hidden = others.length === 0;
  also.textContent = `Also possible: ${others.map((a) => `${a.text || '(nothing)'} ${percent(a.probability, a.probability < 0.01 ? 2 : 0)}`).join(', ')}`;
  advice.textContent = reading.confidence >= DOUBTFUL && reading.text ? '' : adviceFor(truth);
  advice.hidden = advice.textContent === '';
}

/** Ticks under the picture, and a card a letter: its slice, how sure it is, what else it may be. */
function showLetters(shown: Region, reading: Reading): void {
  chars.replaceChildren(
    ...reading.chars.map((c) => {
      const item = make('li', { className: c.confidence < DOUBTFUL ? 'doubtful' : '' }, c.text);
      item.style.left = `${(100 * (c.box.x - shown.x)) / shown.width}%`;
      item.style.width = `${(100 * c.box.width) / shown.width}%`;
      return item;
    }),
  );
  const scale = picture.width / shown.width;
  letters.replaceChildren(
    ...reading.chars.map((c) => {
      const slice = make('canvas');
      const from = { x: (c.box.x - shown.x) * scale, width: Math.max(1, c.box.width * scale) };
      slice.height = Math.min(SLICE_ROWS, picture.height);
      slice.width = Math.max(1, Math.round((from.width * slice.height) / picture.height));
      slice
        .getContext('2d')
        ?.drawImage(picture, from.x, 0, from.width, picture.height, 0, 0, slice.width, slice.height);
      const meter = make('i');
      meter.style.width = percent(c.confidence);
      const others = c.alternatives.slice(0, MOST_ALTERNATIVES).filter((a) => a.confidence >= 0.005);
      return make(
        'li',
        { className: c.confidence < DOUBTFUL ? 'doubtful' : '' },
        slice,
        make('b', {}, c.text),
        make('span', {}, percent(c.confidence)),
        make('span', { className: 'meter' }, meter),
        make(
          'small',
          {},
          ...(others.length > 0 ? [make('span', { className: 'unseen' }, 'or ')] : []),
          ...others.flatMap((a, i) => [i > 0 ? ' · ' : '', make('span', {}, `${a.text} ${percent(a.confidence)}`)]),
        ),
      );
    }),
  );
}

/** A bar of the stages, each as wide as its share, with the figures in words. */
function showTimes({ timing }: Reading): void {
  const stages = [
    ['decoding', timing.decodeMs],
    ['resizing', timing.prepareMs],
    ['network', timing.networkMs],
    ['search', timing.searchMs],
  ] as const;
  const total = stages.reduce((sum, [, ms]) => sum + ms, 0);
  times.replaceChildren(
    ...stages.map(([name, ms]) => {
      const part = make('i', { title: `${name} ${milliseconds(ms)}` });
      part.style.flexGrow = String(Math.max(ms / Math.max(total, 1e-3), 0.004));
      return part;
    }),
  );
  time.replaceChildren(
    make('b', {}, milliseconds(total)),
    ...stages.map(([name, ms]) => make('span', {}, `${name} ${milliseconds(ms)}`)),
  );
}

function adviceFor(truth: string | undefined): string {
  if (truth === undefined) return 'Not sure. It reads one word, cropped close: drag over the picture to mark the word.';
  return truth.length < 4 ? 'Not sure: it was trained on words of four letters and more.' : 'Not sure.';
}
