import { createRecognizer, type ModelSource, NoWebGpuError, type Progress, type Recognizer } from '../../src/index.ts';
import { element, say } from '../page.ts';

const progress = element('progress', HTMLElement);
const bar = element('bar', HTMLProgressElement);
const seconds = element('seconds', HTMLElement);

const DOING = {
  model: 'Loading the model',
  compile: 'Compiling the network for this GPU',
  check: 'Checking that this GPU computes right',
  read: 'Reading',
} as const;

/**
 * Opens the adapter and a model, saying on the page how far it is.
 * @param model bytes of a visitor's own or the name of one that ships; by default the word reader
 * @throws what createRecognizer throws
 */
export async function openReader(model: ModelSource | undefined, signal: AbortSignal): Promise<Recognizer> {
  // Before the model: without WebGPU there is no need to load it.
  if (!navigator.gpu) throw new NoWebGpuError('webgpu: this browser has no navigator.gpu');
  progress.hidden = false;
  bar.removeAttribute('value');
  const start = performance.now();
  // The count is for the eye: told to screen readers once, not each second.
  const timer = setInterval(() => {
    const s = Math.round((performance.now() - start) / 1000);
    seconds.textContent = s > 1 ? `${s} s` : '';
  }, 1000);
  try {
    return await createRecognizer({ model, signal, progress: showProgress });
  } finally {
    clearInterval(timer);
    seconds.textContent = '';
    progress.hidden = true;
  }
}

function showProgress({ stage, done, total }: Progress): void {
  say(`${DOING[stage]}…`);
  if (total === undefined || total === 0) bar.removeAttribute('value');
  else bar.value = done / total;
}
