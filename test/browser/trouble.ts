/** Browsers in which the pages cannot work: they say so, why, and what to do. */
import type { Browser } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { close, open, started, textOf } from './pages.ts';

const PAGES = ['', 'train.html', 'check.html', 'speed.html'];

/** Takes WebGPU out of the page, as older browsers lack it. */
function withoutWebGpu(): void {
  delete (Navigator.prototype as { gpu?: unknown }).gpu;
}

/** WebGPU without a GPU; `window.adapterIsBack` gives one. */
function withoutAdapter(): void {
  const { requestAdapter } = GPU.prototype;
  GPU.prototype.requestAdapter = function (this: GPU, options) {
    return 'adapterIsBack' in window ? requestAdapter.call(this, options) : Promise.resolve(null);
  };
}

export function troubledPages(browser: Browser, url: () => string): void {
  describe('without WebGPU', () => {
    it.each(PAGES)('/%s says so, why, and what to do', async (path) => {
      const opened = await open(browser, url() + path, { init: withoutWebGpu });
      const { page } = opened;
      const trouble = page.getByRole('alert');
      expect(await trouble.locator('h2').textContent()).toBe('No WebGPU here');
      expect(await trouble.textContent()).toMatch(/which this browser does not have or has switched off/);
      expect(await trouble.locator('li').allTextContents()).toEqual([
        expect.stringMatching(/^Chrome or Edge: version 113 or later/),
        expect.stringMatching(/^Firefox: version 141 or later/),
        expect.stringMatching(/^Safari: version 26 or later/),
      ]);
      // Nothing that cannot work is offered.
      const buttons = await page.locator('main button:visible').allTextContents();
      expect(buttons).toEqual(['Try again']);
      await page.keyboard.press('Tab');
      expect(await page.evaluate(() => document.activeElement?.className)).toBe('skip');
      await close(opened);
    });

    it('goes on where it comes back', async () => {
      const opened = await open(browser, `${url()}check.html`, { init: withoutAdapter });
      const { page } = opened;
      expect(await page.getByRole('alert').textContent()).toMatch(/found no GPU to run it on.*graphics acceleration/s);
      await page.evaluate(() => Object.assign(window, { adapterIsBack: true }));
      await page.getByRole('button', { name: 'Try again' }).click();
      await textOf(page, '#status', /operations to check/);
      await started(page);
      expect(await page.isVisible('#trouble')).toBe(false);
      await close(opened);
    });
  });
}
