import type { Reading, Region } from '../src/index.ts';
import { element } from './page.ts';

const result = element('result', HTMLElement);
const frame = element('frame', HTMLElement);
const picture = element('picture', HTMLCanvasElement);
const chars = element('chars', HTMLOListElement);
const text = element('text', HTMLOutputElement);
const verdict = element('verdict', HTMLElement);
const confidence = element('confidence', HTMLElement);
const time = element('time', HTMLElement);
const advice = element('advice', HTMLElement);

/** Below this the reading is more likely wrong than right. */
const DOUBTFUL = 0.5;

/** The picture, or the marked part of it, with the letters under their places. */
export function showReading(source: CanvasImageSource, shown: Region, reading: Reading, truth?: string): void {
  const width = Math.max(1, Math.round(shown.width));
  const height = Math.max(1, Math.round(shown.height));
  picture.width = width;
  picture.height = height;
  picture.getContext('2d')?.drawImage(source, shown.x, shown.y, shown.width, shown.height, 0, 0, width, height);
  frame.style.setProperty('--aspect', String(width / height));
  frame.style.setProperty('--tall', `${height}px`);
  chars.replaceChildren(
    ...reading.chars.map((c) => {
      const item = document.createElement('li');
      const letter = document.createElement('b');
      letter.textContent = c.text;
      const share = document.createElement('small');
      share.textContent = String(Math.round(100 * c.confidence));
      item.append(letter, ' ', share);
      item.classList.toggle('doubtful', c.confidence < DOUBTFUL);
      item.style.left = `${(100 * (c.box.x - shown.x)) / shown.width}%`;
      item.style.width = `${(100 * c.box.width) / shown.width}%`;
      return item;
    }),
  );
  chars.classList.toggle('many', reading.chars.length > 10);
  text.value = reading.text || '(no letters found)';
  text.style.setProperty('--letters', String(Math.max(1, text.value.length)));
  const right = truth !== undefined && reading.text === truth.toUpperCase();
  verdict.textContent = truth === undefined ? '' : right ? '✓ right' : `✗ it says ${truth}`;
  verdict.className = right ? 'right' : 'wrong';
  const { decodeMs, prepareMs, networkMs } = reading.timing;
  confidence.textContent = `${(100 * reading.confidence).toFixed(1)} %`;
  time.textContent = `${milliseconds(decodeMs + prepareMs + networkMs)} (network ${milliseconds(networkMs)})`;
  advice.textContent = reading.confidence >= DOUBTFUL && reading.text ? '' : adviceFor(truth);
  result.hidden = false;
}

export function hideReading(): void {
  result.hidden = true;
}

function adviceFor(truth: string | undefined): string {
  if (truth === undefined) return 'Not sure. It reads one word, cropped close: drag over the picture to mark the word.';
  return truth.length < 4 ? 'Not sure: it was trained on words of four letters and more.' : 'Not sure.';
}

/** Milliseconds as one reads them. */
function milliseconds(ms: number): string {
  return ms < 1000 ? `${ms.toFixed(ms < 10 ? 1 : 0)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
