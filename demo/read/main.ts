import { LexelError, type Recognizer, type Region } from '../src/index.ts';
import { EXAMPLES, type Example, exampleButton } from './examples.ts';
import { onMark } from './mark.ts';
import { element, explain, painted, say } from './page.ts';
import { hideReading, showReading } from './result.ts';
import { adapterName, isSoftware, openReader, showTrouble } from './start.ts';
import { drawWord, lookOf, readable } from './typed.ts';

/** Something to read: a file, or a drawn word. */
interface Task {
  readonly source: Blob | OffscreenCanvas;
  readonly name: string;
  /** What the picture says, where that is known. */
  readonly truth?: string;
  /** The marked part, in pixels of the picture. */
  readonly region?: Region;
}

const page = element('page', HTMLElement);
const file = element('file', HTMLInputElement);
const word = element('word', HTMLInputElement);
const typing = element('typing', HTMLFormElement);
const examples = element('examples', HTMLUListElement);
const again = element('again', HTMLButtonElement);
const echo = element('echo', HTMLElement);
const whole = element('whole', HTMLButtonElement);

element('stuck', HTMLElement).remove();

let reader: Recognizer | undefined;
/** What is to be read next: the newest wish only, so that fast typing leaves no queue behind. */
let wanted: Task | undefined;
/** What is on the page. */
let shown: Task | undefined;
let busy = false;

function ask(task: Task): void {
  wanted = task;
  void work();
}

async function work(): Promise<void> {
  if (busy || !reader) return;
  busy = true;
  try {
    while (wanted) {
      const task = wanted;
      wanted = undefined;
      try {
        await read(reader, task);
      } catch (error) {
        // To be read when there is a device again.
        wanted ??= task;
        throw error;
      }
    }
  } catch (error) {
    // The device is gone; so is its reader, whose own end no longer matters.
    void reader?.dispose().catch(() => undefined);
    reader = undefined;
    hideReading();
    showTrouble(error);
  } finally {
    busy = false;
  }
}

/** Reads and shows one picture. @throws DeviceLostError; what is wrong with the picture is said on the page */
async function read(on: Recognizer, task: Task): Promise<void> {
  say('Reading…');
  page.setAttribute('aria-busy', 'true');
  await painted();
  try {
    const { source, region, truth } = task;
    const reading = await on.read(source, { region });
    const bitmap = source instanceof Blob ? await createImageBitmap(source) : source;
    showReading(
      bitmap,
      region ?? { x: 0, y: 0, width: bitmap.width, height: bitmap.height },
      reading,
      region ? undefined : truth,
    );
    if (bitmap instanceof ImageBitmap) bitmap.close();
    whole.hidden = region === undefined;
    shown = task;
    say(region ? `The marked part of ${task.name}` : task.name);
    // On a small screen the keyboard hides the reading: it is told beside the field too.
    const typed = source instanceof OffscreenCanvas;
    echo.textContent = typed
      ? `It read ${reading.text || 'no letters'}${reading.text === truth?.toUpperCase() ? ' ✓' : ''}`
      : '';
  } catch (error) {
    if (error instanceof LexelError && error.code === 'DEVICE_LOST') throw error;
    hideReading();
    shown = undefined;
    say(explain(error), true);
  } finally {
    page.removeAttribute('aria-busy');
  }
}

function take(source: Blob | undefined): void {
  if (source) ask({ source, name: (source instanceof File && source.name) || 'your picture' });
}

// Own pictures.
file.addEventListener('change', () => {
  take(file.files?.[0]);
  // So that the same file can be chosen again.
  file.value = '';
});
let inside = 0;
document.addEventListener('dragenter', () => {
  inside++;
  page.classList.add('over');
});
document.addEventListener('dragleave', () => {
  inside--;
  page.classList.toggle('over', inside > 0);
});
// Anywhere on the page: a picture dropped beside its place would otherwise replace the page.
document.addEventListener('dragover', (event) => event.preventDefault());
document.addEventListener('drop', (event) => {
  event.preventDefault();
  inside = 0;
  page.classList.remove('over');
  const dropped = event.dataTransfer?.files[0];
  if (dropped) take(dropped);
  else say('That is no file: drop a picture from a folder, or copy it and paste it here.', true);
});
document.addEventListener('paste', (event) => {
  const pasted = event.clipboardData?.files[0];
  if (pasted) {
    event.preventDefault();
    take(pasted);
  } else if (event.target !== word) {
    say('There is no picture in the clipboard.', true);
  }
});

// Examples.
async function readExample({ word, url }: Example): Promise<void> {
  try {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`The example could not be loaded: the server answered ${response.status}.`);
    ask({ source: await response.blob(), name: 'Example', truth: word });
  } catch (error) {
    say(explain(error), true);
  }
}
examples.replaceChildren(...EXAMPLES.map((example) => exampleButton(example, readExample)));

// Typed words.
let look = 0;
async function readTyped(): Promise<void> {
  const letters = readable(word.value) || (word.value === '' ? word.placeholder : '');
  if (!letters) {
    say('It knows the letters A to Z and the digits only.', true);
    return;
  }
  const value = word.value;
  try {
    const style = lookOf(look);
    const source = await drawWord(letters, style);
    // Overtaken by a further letter while the typeface loaded.
    if (word.value === value) ask({ source, name: `Drawn in ${style.family}`, truth: letters });
  } catch (error) {
    say(explain(error), true);
  }
}
word.addEventListener('input', () => {
  if (word.value) void readTyped();
});
typing.addEventListener('submit', (event) => {
  event.preventDefault();
  look++;
  void readTyped();
});

// Parts of a picture.
onMark((part) => {
  if (!shown) return;
  const { region } = shown;
  ask({ ...shown, region: { ...part, x: part.x + (region?.x ?? 0), y: part.y + (region?.y ?? 0) } });
});
whole.addEventListener('click', () => {
  if (shown) ask({ ...shown, region: undefined });
});

async function start(): Promise<void> {
  try {
    reader = await openReader();
  } catch (error) {
    showTrouble(error);
    return;
  }
  const { adapter } = reader;
  element('adapter', HTMLElement).textContent =
    adapterName(adapter) + (isSoftware(adapter) ? ' (software: the processor does the work)' : '');
  say('Ready.');
  // So that the page shows at once what it does.
  if (wanted) void work();
  else void readExample(EXAMPLES[0]);
}
again.addEventListener('click', () => void start());
void start();
