import { DeviceLostError, LexelError, type Recognizer, type Region, readModel } from '../../src/index.ts';
import { adapterName, hideTrouble, showTrouble } from '../gpu.ts';
import { fillModels, isThere } from '../models.ts';
import { element, explain, onFiles, painted, percent, say } from '../page.ts';
import { type KeptModel, keep } from '../store.ts';
import { Camera } from './camera.ts';
import { onDraw } from './draw.ts';
import { EXAMPLES, type Example, exampleButton } from './examples.ts';
import { onMark } from './mark.ts';
import { openReader } from './open.ts';
import { decodeOptions, onOptions } from './options.ts';
import { hideReading, showReading } from './result.ts';
import { openTabs } from './tabs.ts';
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
const echo = element('echo', HTMLElement);
const whole = element('whole', HTMLButtonElement);
const cancel = element('cancel', HTMLButtonElement);
const modelList = element('model', HTMLSelectElement);
const modelFile = element('model-file', HTMLInputElement);
const modelInfo = element('model-info', HTMLElement);

element('stuck', HTMLElement).remove();

let reader: Recognizer | undefined;
let models: ReadonlyMap<string, KeptModel> = new Map();
/** What is to be read next: the newest wish only, so that fast typing leaves no queue behind. */
let wanted: Task | undefined;
/** What is on the page. */
let shown: Task | undefined;
let busy = false;
/** Ends what goes on now. */
let stopper = new AbortController();

function ask(task: Task): void {
  if (camera.running) camera.stop();
  wanted = task;
  void work();
}

async function work(): Promise<void> {
  if (busy || !reader) return;
  busy = true;
  try {
    while (wanted && reader) {
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
    fail(error);
  } finally {
    busy = false;
  }
}

/** The device is gone; so is its reader, whose own end no longer matters. */
function fail(error: unknown): void {
  void reader?.dispose().catch(() => undefined);
  reader = undefined;
  hideReading();
  showTrouble(error, () => void start(modelList.value));
}

/** Shows the button that ends `work` once it takes long enough to want that. */
async function cancellable<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  stopper = new AbortController();
  const timer = setTimeout(() => {
    cancel.hidden = false;
  }, 400);
  try {
    return await work(stopper.signal);
  } finally {
    clearTimeout(timer);
    cancel.hidden = true;
  }
}
cancel.addEventListener('click', () => stopper.abort());
document.addEventListener('keydown', ({ key }) => {
  if (key === 'Escape') stopper.abort();
});

/** Reads and shows one picture. @throws DeviceLostError; what is wrong with the picture is said on the page */
async function read(on: Recognizer, task: Task): Promise<void> {
  say('Reading…');
  page.setAttribute('aria-busy', 'true');
  try {
    const { source, region, truth } = task;
    const reading = await cancellable(async (signal) => {
      await painted();
      return on.read(source, { region, signal, ...decodeOptions() });
    });
    const bitmap = source instanceof Blob ? await createImageBitmap(source) : source;
    const part = region ?? { x: 0, y: 0, width: bitmap.width, height: bitmap.height };
    showReading(bitmap, part, reading, region ? undefined : truth);
    if (bitmap instanceof ImageBitmap) bitmap.close();
    whole.hidden = region === undefined;
    shown = task;
    say(region ? `The marked part of ${task.name}` : task.name);
    // On a small screen the keyboard hides the reading: it is told beside the field too.
    const typed = source instanceof OffscreenCanvas && truth !== undefined;
    echo.textContent = typed
      ? `It read ${reading.text || 'no letters'}${reading.text === truth.toUpperCase() ? ' ✓' : ''}`
      : '';
  } catch (error) {
    if (error instanceof DeviceLostError) throw error;
    hideReading();
    const code = error instanceof LexelError ? error.code : '';
    // A picture that cannot be read is gone; after a list of words that fits nothing it is read again with the next one.
    shown = code === 'BAD_IMAGE' ? undefined : task;
    say(explain(error), code !== 'ABORTED');
  } finally {
    page.removeAttribute('aria-busy');
  }
}

function take(source: Blob | undefined): void {
  if (source instanceof File && /\.safetensors$/i.test(source.name)) void openModelFile(source);
  else if (source) ask({ source, name: (source instanceof File && source.name) || 'Your picture' });
}

// Own pictures.
file.addEventListener('change', () => {
  take(file.files?.[0]);
  // So that the same file can be chosen again.
  file.value = '';
});
onFiles(([first]) => take(first), {
  pasteInto: (target) => target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement,
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
element('examples', HTMLUListElement).replaceChildren(
  ...EXAMPLES.map((example) => exampleButton(example, readExample)),
);

// Camera and paper.
const camera = new Camera(
  async (frame) => {
    // A reading of another source, or a model being opened, comes first.
    if (!reader || busy) return '';
    try {
      const reading = await reader.read(frame, decodeOptions());
      if (camera.running) showReading(frame, { x: 0, y: 0, width: frame.width, height: frame.height }, reading);
      whole.hidden = true;
      return reading.text && `${reading.text} ${percent(reading.confidence)}`;
    } catch (error) {
      if (error instanceof DeviceLostError) fail(error);
      else say(explain(error), true);
      return undefined;
    }
  },
  (frame) => ask({ source: frame, name: 'From the camera' }),
);
onDraw((drawn) => {
  if (drawn) ask({ source: drawn, name: 'Your drawing' });
  else hideReading();
});
openTabs((tab) => {
  if (tab !== 'camera') camera.stop();
});

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
element('typing', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault();
  look++;
  void readTyped();
});

// Parts of a picture, and other ways to read it.
onMark((part) => {
  if (!shown) return;
  const { region } = shown;
  ask({ ...shown, region: { ...part, x: part.x + (region?.x ?? 0), y: part.y + (region?.y ?? 0) } });
});
whole.addEventListener('click', () => {
  if (shown) ask({ ...shown, region: undefined });
});
onOptions(() => {
  if (shown && !camera.running) ask(shown);
});

// Models.
async function openModelFile(chosen: File): Promise<void> {
  try {
    const bytes = new Uint8Array(await chosen.arrayBuffer());
    const { info } = await readModel(bytes, chosen.name);
    const model = { name: info.name, bytes, note: `from ${chosen.name}` };
    // Kept for the next visit where the browser lets it; read with in any case.
    await keep('models', model.name, model).catch(() => undefined);
    models = new Map([...(await fillModels(modelList, model.name)), [model.name, model]]);
    await start(model.name);
  } catch (error) {
    say(explain(error), true);
  }
}
modelFile.addEventListener('change', () => {
  const chosen = modelFile.files?.[0];
  modelFile.value = '';
  if (chosen) void openModelFile(chosen);
});
modelList.addEventListener('change', () => void start(modelList.value));

/** Counts choices of a model: of two made quickly the later one stays. */
let choice = 0;

/** Opens a kept model, '' for the one that ships; the one in use stays where that fails. */
async function start(name: string): Promise<void> {
  const mine = ++choice;
  const before = reader;
  hideTrouble();
  page.dataset.state = 'starting';
  cancel.hidden = before === undefined;
  try {
    const opened = await cancellable((signal) => openReader(models.get(name)?.bytes ?? (name || undefined), signal));
    if (mine !== choice) return await opened.dispose();
    reader = opened;
  } catch (error) {
    if (mine !== choice) return;
    if (!before) {
      showTrouble(error, () => void start(name));
      return;
    }
    page.dataset.state = 'ready';
    modelList.value = isThere(before.info.name, models) ? before.info.name : '';
    say(explain(error), true);
    return;
  }
  await before?.dispose().catch(() => undefined);
  const { adapter, info } = reader;
  page.dataset.state = 'ready';
  element('adapter', HTMLElement).textContent = adapterName(adapter);
  const size = info.reads === 'line' ? `lines ${info.height} pixels high` : `${info.width} x ${info.height} pixels`;
  modelInfo.textContent = `${info.architecture}, ${size}, reads ${info.alphabet}`;
  modelList.value = isThere(name, models) ? name : '';
  say('Ready.');
  // So that the page shows at once what it does.
  wanted ??= shown;
  if (wanted) void work();
  else void readExample(EXAMPLES[0]);
}

models = await fillModels(modelList, new URLSearchParams(location.search).get('model'));
await start(modelList.value);
