/** The Check and the Speed page. */
import type { Browser, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { close, open, textOf } from './pages.ts';

const CLIPBOARD = ['clipboard-read', 'clipboard-write'];

/** What the button copies. */
async function copied(page: Page): Promise<string> {
  await page.click('#copy');
  await textOf(page, '#status', /^Copied\.$/);
  return page.evaluate(() => navigator.clipboard.readText());
}

export function toolPages(browser: Browser, url: () => string): void {
  describe('Check and Speed', () => {
    it('Check compares operations and gives a report to copy', async () => {
      const opened = await open(browser, `${url()}check.html`, { permissions: CLIPBOARD });
      const { page } = opened;
      await page.click('#go');
      await page.locator('#rows tr:nth-child(3)').waitFor();
      await page.click('#stop');
      await page.locator('#report').waitFor();
      const report = await page.inputValue('#text');
      expect(await copied(page)).toBe(report);
      expect(report).toMatch(/^Lexel check, \d{4}-/);
      expect(report).toMatch(/adapter {3}.*SwiftShader.*\n/i);
      expect(report).toMatch(/\nok: \d+ checks of \d+ ops, .*\nstopped before the end$/s);
      expect(report).not.toMatch(/FAIL|undefined|NaN/);
      const rows = await page.locator('#rows tr').count();
      expect(report.match(/ ok$/gm)?.length).toBe(rows);
      await close(opened);
    });

    it('Speed measures, stops when told to, and gives its figures to copy', async () => {
      const opened = await open(browser, `${url()}speed.html`, { permissions: CLIPBOARD });
      const { page } = opened;
      await page.click('#go');
      await page.locator('.case').first().waitFor();
      await page.click('#stop');
      await textOf(page, '#status', /^Stopped\.$/);
      const report = await copied(page);
      expect(report).toMatch(/^Lexel speed, \d{4}-/);
      expect(report).toMatch(/\| Matrix product \| 512 x 512 .* \| [\d.]+ m?s \| [\d.]+ GFLOP\/s \|/);
      await close(opened);
    });
  });
}
