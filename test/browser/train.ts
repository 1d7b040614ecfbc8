/** The Train page: from a typeface to a model that the reader uses, over a reload. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readModel } from '../../src/index.ts';
import { close, fileOf, giveFile, type Opened, open, root, started, textOf } from './pages.ts';

const require = createRequire(import.meta.url);
/** A typeface of which the model that ships reads less than half. */
const FONT = join(
  dirname(require.resolve('@fontsource/mr-de-haviland/package.json')),
  'files/mr-de-haviland-latin-400-normal.woff2',
);
const STEPS = 40;

/** Waits until the run has taken so many steps. */
async function stepped(page: Page, least: number): Promise<void> {
  await page.waitForFunction(
    (n) => Number(/^Step (\d+) of/.exec(document.querySelector('#status')?.textContent ?? '')?.[1] ?? 0) >= n,
    least,
  );
}

export function trainPage(browser: Browser, url: () => string): void {
  describe('Train', () => {
    let opened: Opened;
    const page = () => opened.page;
    let before = '';
    beforeAll(async () => {
      opened = await open(browser, `${url()}train.html`);
    });
    afterAll(() => close(opened));

    it('says what files it cannot use', async () => {
      await giveFile(page(), 'drop', fileOf('shopping.txt', 'milk'));
      await textOf(page(), '#status', /^shopping\.txt: .*a text file\. Give the picture itself.*\.$/);
      await giveFile(page(), 'drop', fileOf('broken.woff2', 'no typeface'));
      await textOf(page(), '#status', /^broken\.woff2 is no typeface that this browser can use\.$/);
      // The browser's own remark on it.
      expect(opened.faults.splice(0)).toEqual([expect.stringContaining('OTS parsing error')]);
      await giveFile(page(), 'drop', fileOf('labels.tsv', 'nowhere.png\tWORD\n'));
      await textOf(page(), '#status', /^labels\.tsv names none of these pictures/);
      expect(await page().isDisabled('#start')).toBe(true);
    });

    it('takes pictures with labels from names, a list, or the keyboard', async () => {
      const bytes = readFileSync(join(root, 'test/fixtures/words/pranks.png'));
      await page().setInputFiles('#files', [
        fileOf('PRANKS_1.png', bytes, 'image/png'),
        fileOf('IMG_0042.png', bytes, 'image/png'),
        fileOf('labels.tsv', 'IMG_0042.png\tnaïve\n'),
      ]);
      await textOf(page(), '#count', /^2 pictures, 1 without a word it can learn\.$/);
      expect(await page().locator('#samples input').nth(0).inputValue()).toBe('PRANKS');
      expect(await page().locator('#samples .why').nth(1).textContent()).toBe('this model has no “Ï”');
      await page().locator('#samples input').nth(1).fill('naive');
      await textOf(page(), '#count', /^2 pictures\.$/);
      expect(await page().textContent('#start')).toBe('Train (needs 4 labelled pictures)');
      await page().click('#clear');
      await textOf(page(), '#count', /^No pictures yet\.$/);
    });

    it('draws words in a typeface that is dropped, and trains on them until the loss falls', async () => {
      await giveFile(page(), 'drop', fileOf('MrDeHaviland.woff2', readFileSync(FONT), 'font/woff2'));
      await textOf(page(), '#status', /^MrDeHaviland\.woff2 is loaded: now draw words in it\.$/);
      await page().fill('#font-count', '10');
      await page().click('#font-draw');
      await textOf(page(), '#count', /^10 pictures\.$/);
      await page().fill('#steps', String(STEPS));
      await page().click('details:has(#batch) summary');
      await page().fill('#batch', '4');
      await page().fill('#mix', '0');
      await page().selectOption('#held', '0.2');
      await page().click('#start');
      await stepped(page(), 5);
      expect(await page().locator('#readings tr').count()).toBe(2);
      before = (await page().locator('#readings td:nth-child(3)').allTextContents()).join();
    });

    it('goes on after a reload, where it stopped', async () => {
      await page().reload();
      await started(page());
      const text = await textOf(page(), '#resume-text', /^A run on 8 pictures stopped at step \d+ of 40\.$/);
      const at = Number(/step (\d+)/.exec(text)?.[1]);
      expect(at).toBeGreaterThanOrEqual(3);
      await page().click('#resume-go');
      await stepped(page(), at + 1);
      await page().waitForFunction(() => {
        const label = document.querySelector('#loss')?.getAttribute('aria-label') ?? '';
        const [, first, last] = /^CTC loss: from ([\d.]+) to ([\d.]+)$/.exec(label) ?? [];
        return Number(last) < 0.6 * Number(first);
      });
      // What it read before training came through the reload too.
      expect((await page().locator('#readings td:nth-child(3)').allTextContents()).join()).toBe(before);
    });

    it('stops, and gives a model file that is whole', async () => {
      await page().click('#stop');
      await textOf(page(), '#status', /^Done after \d+ steps\.$/);
      await textOf(page(), '#verdict', /^It read \d of 2 held-out pictures right before/);
      await page().fill('#name', 'haviland: mine');
      const [download] = await Promise.all([page().waitForEvent('download'), page().click('#save')]);
      expect(download.suggestedFilename()).toBe('haviland- mine.safetensors');
      const bytes = readFileSync(await download.path());
      const { info, selfCheck } = await readModel(bytes, 'downloaded');
      expect(info).toMatchObject({ name: 'haviland- mine', architecture: 'word-small' });
      expect(Object.keys(info.scores)).toEqual(['2 held-out pictures of this run']);
      expect(selfCheck?.logits.length).toBeGreaterThan(0);
      // The file opens in the reader too.
      const reader = await open(browser, url());
      await reader.page.setInputFiles('#model-file', fileOf('other name.safetensors', bytes));
      await textOf(reader.page, '#model option:checked', /^haviland- mine \(from other name\.safetensors\)$/);
      await started(reader.page);
      await close(reader);
    });

    it('hands the model to the reader at once', async () => {
      await page().click('#use');
      await page().waitForURL(/index\.html\?model=haviland-/);
      await started(page());
      await textOf(page(), '#model option:checked', /^haviland- mine \(trained here on 8 pictures\)$/);
      await textOf(page(), '#text', /\S/);
      expect(await page().getAttribute('#page', 'data-state')).toBe('ready');
    });
  });
}
