import type { AdapterSummary } from '../src/engine.ts';
import { createRecognizer, DeviceLostError, NoWebGpuError, type Recognizer } from '../src/index.ts';
import { element, explain, say } from './page.ts';

const progress = element('progress', HTMLElement);
const bar = element('bar', HTMLProgressElement);
const seconds = element('seconds', HTMLElement);
const trouble = element('trouble', HTMLElement);
const remedies = element('remedies', HTMLUListElement);
const page = element('page', HTMLElement);

const MODEL = new URL('../models/word-small.safetensors', import.meta.url);

/** What a person can do where the browser has no WebGPU, or has it and no adapter. */
function remediesFor(error: unknown): string[] {
  if (!(error instanceof NoWebGpuError)) return [];
  if (!window.isSecureContext)
    return ['Browsers give WebGPU to secure pages only: open this one over https, or as http://localhost.'];
  if (!navigator.gpu)
    return [
      'Chrome or Edge: version 113 or later, 121 on Android. On Linux switch it on at chrome://flags/#enable-unsafe-webgpu.',
      'Firefox: version 141 or later on Windows, 145 on a Mac with an Apple chip.',
      'Safari: version 26 or later, on macOS, iOS and iPadOS.',
    ];
  return [
    'Switch on graphics acceleration in the browser’s settings, and restart the browser.',
    'Update the graphics driver, or the system.',
    'Chrome or Edge: chrome://gpu says why; chrome://flags/#enable-unsafe-webgpu tries GPUs that it otherwise refuses.',
  ];
}

/** The headline of what went wrong; errors of the engine speak of the command line where the page has its own remedies. */
function headline(error: unknown): string {
  if (error instanceof DeviceLostError) return 'The browser or the driver took the GPU away.';
  if (!(error instanceof NoWebGpuError)) return explain(error);
  if (!window.isSecureContext) return 'This address is not secure, so the browser keeps WebGPU from it.';
  if (!navigator.gpu) return 'This browser has no WebGPU, which Lexel needs to run its network.';
  return 'This browser has WebGPU, but found no GPU to run it on.';
}

/** Shows what keeps the page from reading, with what to do. */
export function showTrouble(error: unknown): void {
  page.dataset.state = 'failed';
  progress.hidden = true;
  say(headline(error), true);
  remedies.replaceChildren(
    ...remediesFor(error).map((text) => {
      const item = document.createElement('li');
      item.textContent = text;
      return item;
    }),
  );
  trouble.hidden = false;
}

async function fetchModel(): Promise<Uint8Array> {
  const response = await fetch(MODEL).catch((cause: unknown) => {
    throw new Error('The model could not be loaded: is the server still there?', { cause });
  });
  if (!response.ok || !response.body)
    throw new Error(`The model could not be loaded: the server answered ${response.status} ${response.statusText}.`);
  const total = Number(response.headers.get('content-length'));
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let done = 0;
  const reader = response.body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    parts.push(part.value);
    done += part.value.length;
    // A compressed answer is longer than it says.
    if (total > 0) bar.value = Math.min(1, done / total);
    say(`Loading the model: ${(done / 1e6).toFixed(1)} MB…`);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

/** Runs `work` with the seconds counted on the page: a first compilation may take several. */
async function counted<T>(message: string, work: Promise<T>): Promise<T> {
  const start = performance.now();
  bar.removeAttribute('value');
  say(message);
  // The count is for the eye: told to screen readers once, not each second.
  const timer = setInterval(() => {
    seconds.textContent = `${Math.round((performance.now() - start) / 1000)} s`;
  }, 1000);
  try {
    return await work;
  } finally {
    clearInterval(timer);
    seconds.textContent = '';
  }
}

/** Opens the adapter and the model, saying on the page how far it is. @throws what createRecognizer throws */
export async function openReader(): Promise<Recognizer> {
  page.dataset.state = 'starting';
  trouble.hidden = true;
  progress.hidden = false;
  bar.removeAttribute('value');
  // Before the model: without WebGPU there is no need to load it.
  if (!navigator.gpu) throw new NoWebGpuError('webgpu: this browser has no navigator.gpu');
  const model = await fetchModel();
  const reader = await counted('Compiling the network for this GPU…', createRecognizer({ model }));
  progress.hidden = true;
  page.dataset.state = 'ready';
  return reader;
}

/** A name people may know: browsers often hide the description and tell only maker and family. */
export function adapterName(adapter: AdapterSummary): string {
  const { vendor, architecture, description } = adapter;
  const told = description === 'unnamed adapter' ? [vendor, architecture].filter(Boolean).join(' ') : description;
  return told || 'an unnamed GPU';
}

/** True for adapters that compute on the processor. */
export function isSoftware(adapter: AdapterSummary): boolean {
  return /swiftshader|llvmpipe|lavapipe|basic render|\bwarp\b/i.test(`${adapter.architecture} ${adapter.description}`);
}
