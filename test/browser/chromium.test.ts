import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeInChromium, startChromium, watchPage } from './chromium.ts';
import { serveFolder } from './site.ts';

await describeInChromium('the browser of the tests', (browser) => {
  it('has an adapter that computes on SwiftShader, and says what goes wrong in a page', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lexel-page-'));
    writeFileSync(join(folder, 'index.html'), '<!doctype html><link rel="icon" href="data:,"><title>a page</title>');
    const site = await serveFolder(folder);
    const page = await browser.newPage();
    try {
      const faults = watchPage(page);
      await page.goto(site.url);
      expect(await page.title()).toBe('a page');
      const info = await page.evaluate(async () => (await navigator.gpu.requestAdapter())?.info.architecture);
      expect(info).toBe('swiftshader');
      expect(faults).toEqual([]);
      await page.evaluate(() => console.error('a fault'));
      await page.evaluate(() => fetch('nowhere.js'));
      expect(faults.join('\n')).toContain('error: a fault');
      expect(faults.join('\n')).toContain('nowhere.js answered 404');
    } finally {
      await page.close();
      await site.close();
      rmSync(folder, { recursive: true });
    }
  });
});

it('says why where no browser starts', async () => {
  const before = process.env.LEXEL_CHROMIUM;
  process.env.LEXEL_CHROMIUM = join(tmpdir(), 'no-such-browser');
  try {
    const { browser, reason } = await startChromium();
    expect(browser).toBeUndefined();
    expect(reason).toContain('no-such-browser: ');
  } finally {
    if (before === undefined) delete process.env.LEXEL_CHROMIUM;
    else process.env.LEXEL_CHROMIUM = before;
  }
});
