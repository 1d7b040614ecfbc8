/** The built pages in a real browser: every page as a visitor meets it, without an error in the console. */
import { afterAll, beforeAll } from 'vitest';
import { describeInChromium } from './chromium.ts';
import { builtPages } from './pages.ts';
import { readPage } from './read.ts';
import type { Site } from './site.ts';
import { toolPages } from './tools.ts';
import { trainPage } from './train.ts';
import { troubledPages } from './trouble.ts';

await describeInChromium('the pages', (browser) => {
  let site: Site;
  beforeAll(async () => {
    site = await builtPages();
  });
  afterAll(() => site.close());
  const url = () => site.url;
  readPage(browser, url);
  trainPage(browser, url);
  toolPages(browser, url);
  troubledPages(browser, url);
});
