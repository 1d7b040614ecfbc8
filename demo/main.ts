import { createRecognizer, LexelError, type Reading, type Recognizer } from '../src/index.ts';

function element<T extends HTMLElement>(id: string, type: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`the page has no #${id}`);
  return found;
}

const status = element('status', HTMLElement);
const drop = element('drop', HTMLLabelElement);
const file = element('file', HTMLInputElement);
const section = element('reading', HTMLElement);
const picture = element('picture', HTMLCanvasElement);
const chars = element('chars', HTMLOListElement);
const text = element('text', HTMLOutputElement);
const details = element('details', HTMLElement);

function say(message: string, bad = false): void {
  status.textContent = message;
  status.classList.toggle('bad', bad);
}

/** An error in words a person understands: what went wrong, then what to do. */
function explain(error: unknown): string {
  if (error instanceof LexelError) return error.hint ? `${error.message}. ${error.hint}` : error.message;
  return error instanceof Error ? error.message : String(error);
}

async function show(source: Blob, reading: Reading): Promise<void> {
  const bitmap = await createImageBitmap(source);
  picture.width = bitmap.width;
  picture.height = bitmap.height;
  picture.getContext('2d')?.drawImage(bitmap, 0, 0);
  chars.replaceChildren(
    ...reading.chars.map((c) => {
      const item = document.createElement('li');
      item.textContent = c.text;
      item.style.left = `${(100 * c.box.x) / bitmap.width}%`;
      item.style.width = `${(100 * c.box.width) / bitmap.width}%`;
      const share = document.createElement('small');
      share.textContent = `${Math.round(100 * c.confidence)} %`;
      item.append(share);
      return item;
    }),
  );
  text.value = reading.text || '(no letters found)';
  const { decodeMs, prepareMs, networkMs } = reading.timing;
  details.textContent =
    `confidence ${(100 * reading.confidence).toFixed(1)} % · decode ${decodeMs.toFixed(1)} ms, ` +
    `prepare ${prepareMs.toFixed(1)} ms, network ${networkMs.toFixed(1)} ms · ${reading.adapter}`;
  section.hidden = false;
  bitmap.close();
}

async function read(reader: Recognizer, source: Blob): Promise<void> {
  say('Reading…');
  try {
    const reading = await reader.read(source);
    await show(source, reading);
    say(`Read: ${reading.text}`);
  } catch (error) {
    section.hidden = true;
    say(explain(error), true);
  }
}

function imageOf(items: DataTransfer | null): File | undefined {
  return [...(items?.files ?? [])][0];
}

async function start(): Promise<void> {
  let reader: Recognizer;
  try {
    reader = await createRecognizer();
  } catch (error) {
    say(explain(error), true);
    return;
  }
  say(`Ready on ${reader.adapter.description}.`);
  const take = (source: Blob | undefined) => {
    if (source) void read(reader, source);
  };
  file.addEventListener('change', () => take(file.files?.[0]));
  drop.addEventListener('dragover', (event) => {
    event.preventDefault();
    drop.classList.add('over');
  });
  drop.addEventListener('dragleave', () => drop.classList.remove('over'));
  drop.addEventListener('drop', (event) => {
    event.preventDefault();
    drop.classList.remove('over');
    take(imageOf(event.dataTransfer));
  });
  document.addEventListener('paste', (event) => take(imageOf(event.clipboardData)));
}

void start();
