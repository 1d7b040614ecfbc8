import { LexelError } from '../src/index.ts';

/** The element of that id. @throws Error where the page lacks it or it is of another kind */
export function element<T extends Element>(id: string, type: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`the page has no #${id}`);
  return found;
}

const status = element('status', HTMLElement);

/** One line on what happens now; screen readers speak it. */
export function say(message: string, bad = false): void {
  if (status.textContent !== message) status.textContent = message;
  status.classList.toggle('bad', bad);
}

/** An element with properties, a class and children. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Partial<HTMLElementTagNameMap[K]> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  Object.assign(made, props);
  made.append(...children);
  return made;
}

/** What kept something from being done, in words a person understands; the engine's own words where there are none. */
const PLAIN: Readonly<Record<string, string>> = {
  ABORTED: 'Stopped.',
  DEVICE_LOST: 'The browser or the driver took the GPU away.',
  INTEGRITY: 'This model file is damaged: its contents do not match its checksum. Download it again.',
  SELF_CHECK:
    'This GPU computes wrong values with this model. Update the graphics driver; the Check page says which parts are wrong.',
  OUT_OF_MEMORY: 'The GPU has no memory left. Close other pages, or choose a smaller batch.',
};

/** An error in words a person understands: what went wrong, then what to do. */
export function explain(error: unknown): string {
  if (error instanceof LexelError) {
    const { code, message, hint } = error;
    return PLAIN[code] ?? (hint ? `${message}. ${hint}` : message);
  }
  if (error instanceof DOMException && error.name === 'QuotaExceededError')
    return 'The browser has no room left to keep this. Free some, or download the model instead.';
  return error instanceof Error ? error.message : String(error);
}

/** Waits until the browser has painted. A hidden page paints nothing, so it waits no longer than a moment. */
export function painted(): Promise<void> {
  return new Promise((resolve) => {
    requestAnimationFrame(() => setTimeout(resolve));
    setTimeout(resolve, 100);
  });
}

/** Takes files dropped anywhere on the page, or pasted: beside its place a dropped file would otherwise replace the page. */
export function onFiles(
  take: (files: File[]) => void,
  options: { pasteInto?: (target: EventTarget | null) => boolean } = {},
): void {
  const page = element('page', HTMLElement);
  let inside = 0;
  document.addEventListener('dragenter', () => {
    inside++;
    page.classList.add('over');
  });
  document.addEventListener('dragleave', () => {
    inside--;
    page.classList.toggle('over', inside > 0);
  });
  document.addEventListener('dragover', (event) => event.preventDefault());
  document.addEventListener('drop', (event) => {
    event.preventDefault();
    inside = 0;
    page.classList.remove('over');
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length > 0) take(files);
    else say('That is no file: drop a picture from a folder, or copy it and paste it here.', true);
  });
  document.addEventListener('paste', (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length > 0) {
      event.preventDefault();
      take(files);
    } else if (!options.pasteInto?.(event.target)) say('There is no picture in the clipboard.', true);
  });
}

/** Hands a file to the browser's downloads. */
export function download(bytes: Uint8Array<ArrayBuffer> | string, name: string, type: string): void {
  const url = URL.createObjectURL(new Blob([bytes], { type }));
  make('a', { href: url, download: name }).click();
  // The click has only queued the download.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Milliseconds as one reads them. */
export function milliseconds(ms: number): string {
  if (ms < 1000) return `${ms.toFixed(ms < 10 ? 1 : 0)} ms`;
  return ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : minutes(ms / 1000);
}

/** Seconds as one reads them. */
export function minutes(seconds: number): string {
  if (!Number.isFinite(seconds)) return '';
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

/** A share of 1 in percent. */
export function percent(share: number, digits = 0): string {
  return `${(100 * share).toFixed(digits)} %`;
}

/** Draws grey pixels. */
export function drawGrey(
  canvas: HTMLCanvasElement,
  { width, height, grey }: { width: number; height: number; grey: Uint8Array },
): void {
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d');
  if (!context) return;
  const pixels = context.createImageData(width, height);
  for (let i = 0; i < grey.length; i++) {
    pixels.data.fill(grey[i], 4 * i, 4 * i + 3);
    pixels.data[4 * i + 3] = 255;
  }
  context.putImageData(pixels, 0, 0);
}
