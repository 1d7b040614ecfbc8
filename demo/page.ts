import { LexelError } from '../src/index.ts';

/** The element of that id. @throws Error where the page lacks it or it is of another kind */
export function element<T extends HTMLElement>(id: string, type: new () => T): T {
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

/** An error in words a person understands: what went wrong, then what to do. */
export function explain(error: unknown): string {
  if (error instanceof LexelError) return error.hint ? `${error.message}. ${error.hint}` : error.message;
  return error instanceof Error ? error.message : String(error);
}

/** Waits until the browser has painted. A hidden page paints nothing, so it waits no longer than a moment. */
export function painted(): Promise<void> {
  return new Promise((resolve) => {
    requestAnimationFrame(() => setTimeout(resolve));
    setTimeout(resolve, 100);
  });
}
