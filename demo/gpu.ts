import { type AdapterSummary, Device } from '../src/engine.ts';
import { DeviceLostError, NoWebGpuError } from '../src/index.ts';
import { applySavedTuning } from '../src/kernels/index.ts';
import { element, explain, make, say } from './page.ts';

const trouble = element('trouble', HTMLElement);
const page = element('page', HTMLElement);

/** What a person can do where the browser has no WebGPU, or has it and no adapter. */
function remediesFor(error: unknown): string[] {
  if (error instanceof DeviceLostError)
    return [
      'Try again: mostly the GPU comes back at once.',
      'If it is lost again, close other pages that draw much, and update the graphics driver.',
    ];
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

/** What went wrong, and why: errors of the engine speak of the command line where the page has its own remedies. */
function headline(error: unknown): { title: string; why: string } {
  if (error instanceof DeviceLostError)
    return { title: 'The GPU is gone', why: 'The browser or the driver took it away; your pictures are still here.' };
  if (!(error instanceof NoWebGpuError)) return { title: 'Lexel could not start', why: explain(error) };
  const title = 'No WebGPU here';
  const uses = 'Lexel runs its network on the GPU through WebGPU';
  if (!window.isSecureContext)
    return { title, why: `${uses}; this address is not secure, so the browser keeps it back.` };
  if (!navigator.gpu) return { title, why: `${uses}, which this browser does not have or has switched off.` };
  return { title, why: `${uses}. This browser has WebGPU, but found no GPU to run it on.` };
}

/** Shows what keeps the page from working, with what to do. */
export function showTrouble(error: unknown, retry: () => void): void {
  const { title, why } = headline(error);
  page.dataset.state = 'failed';
  say('');
  trouble.replaceChildren(
    make('h2', {}, title),
    make('p', {}, why),
    make('ul', {}, ...remediesFor(error).map((text) => make('li', {}, text))),
    make('button', { type: 'button', className: 'primary', onclick: retry }, 'Try again'),
  );
  trouble.hidden = false;
}

export function hideTrouble(): void {
  trouble.hidden = true;
}

/** Opens a device, with the products as this adapter was tuned. @throws NoWebGpuError */
export async function openDevice(): Promise<Device> {
  if (!navigator.gpu) throw new NoWebGpuError('webgpu: this browser has no navigator.gpu');
  const device = await Device.create();
  await applySavedTuning(device);
  return device;
}

/** A name people may know: browsers often hide the description and tell only maker and family. */
export function adapterName(adapter: AdapterSummary): string {
  const { vendor, architecture, description } = adapter;
  const told = description === 'unnamed adapter' ? [vendor, architecture].filter(Boolean).join(' ') : description;
  return (told || 'an unnamed GPU') + (isSoftware(adapter) ? ' (software: the processor does the work)' : '');
}

/** True for adapters that compute on the processor. */
export function isSoftware(adapter: AdapterSummary): boolean {
  return /swiftshader|llvmpipe|lavapipe|basic render|\bwarp\b/i.test(`${adapter.architecture} ${adapter.description}`);
}
