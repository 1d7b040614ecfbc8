import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { build, type InlineConfig } from 'vite';
import { expect } from 'vitest';
import { watchPage } from './chromium.ts';
import { type Site, serveFolder } from './site.ts';

export const root = resolve(import.meta.dirname, '../..');

/** How long a software GPU on a busy machine may take for one thing. */
export const PATIENCE_MS = 120_000;

/** The pages as `npm run demo:build` writes them, on a web server of their own. */
export async function builtPages(): Promise<Site> {
  return builtSite({ configFile: join(root, 'vite.config.ts') });
}

/** What Vite builds, in a temporary folder, on a web server of its own; both end with `close`. */
export async function builtSite(config: InlineConfig): Promise<Site> {
  const folder = mkdtempSync(join(tmpdir(), 'lexel-site-'));
  await build({ ...config, logLevel: 'error', build: { ...config.build, outDir: folder, emptyOutDir: true } });
  const site = await serveFolder(folder);
  return {
    ...site,
    async close() {
      await site.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** A page with what went wrong in it so far. */
export interface Opened {
  readonly page: Page;
  readonly faults: string[];
}

/** Opens one of the pages in a browser profile of its own and waits until it no longer starts. */
export async function open(
  browser: Browser,
  url: string,
  options: { init?: () => void; permissions?: string[] } = {},
): Promise<Opened> {
  const context = await browser.newContext({ permissions: options.permissions ?? [] });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const faults = watchPage(page);
  if (options.init) await page.addInitScript(options.init);
  await page.goto(url);
  await started(page);
  return { page, faults };
}

/** Waits until the page is ready, or says what keeps it from it. */
export async function started(page: Page): Promise<void> {
  await page.locator('#page:not([data-state=starting])').waitFor();
}

/** Nothing went wrong unnoticed; the page goes. */
export async function close({ page, faults }: Opened): Promise<void> {
  expect(faults).toEqual([]);
  await page.context().close();
}

/** Waits until an element's text fits, and returns it. */
export async function textOf(page: Page, selector: string, wanted: RegExp): Promise<string> {
  await page.waitForFunction(
    ([s, source, flags]) => new RegExp(source, flags).test(document.querySelector(s)?.textContent ?? ''),
    [selector, wanted.source, wanted.flags] as const,
  );
  return (await page.textContent(selector)) ?? '';
}

/** A file as Playwright gives it to a page. */
export function fileOf(name: string, bytes: Uint8Array | string, mimeType = '') {
  return { name, mimeType, buffer: Buffer.from(bytes as Uint8Array) };
}

/** Drops a file on the page, or pastes it, as the browser's own events do it; a key is pressed in the same moment. */
export async function giveFile(
  page: Page,
  how: 'drop' | 'paste',
  file: { name: string; mimeType: string; buffer: Buffer },
  key = '',
): Promise<void> {
  await page.evaluate(
    ([event, name, type, data, pressed]) => {
      const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
      const transfer = new DataTransfer();
      transfer.items.add(new File([bytes], name, { type }));
      const init = { bubbles: true, cancelable: true };
      document.body.dispatchEvent(
        event === 'drop'
          ? new DragEvent('drop', { ...init, dataTransfer: transfer })
          : new ClipboardEvent('paste', { ...init, clipboardData: transfer }),
      );
      if (pressed) document.dispatchEvent(new KeyboardEvent('keydown', { key: pressed }));
    },
    [how, file.name, file.mimeType, file.buffer.toString('base64'), key] as const,
  );
}
