/** The Read page, as a visitor uses it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chunk, header, makeJpeg, makePng, pngOf } from '../ocr/image/make.ts';
import { animatedGif, heic, tinyBomb } from './bad-files.ts';
import { close, fileOf, giveFile, type Opened, open, root, textOf } from './pages.ts';

const WORDS = ['ENTERTAINER', 'PRANKS', 'PERSONIFY', 'CAUTIONING', 'MIGRATIONS', 'SPEAKERS'];
const picture = (word: string) =>
  fileOf(`${word}.png`, readFileSync(join(root, 'test/fixtures/words', `${word.toLowerCase()}.png`)), 'image/png');

const hugePng = () =>
  pngOf(header(20_000, 20_000, 1, 0), chunk('IDAT', new Uint8Array(50_000)), chunk('IEND', new Uint8Array(0)));

const BAD: readonly (readonly [string, Uint8Array | string, RegExp])[] = [
  ['notes.png', 'a shopping list\n', /^notes\.png: expected a PNG or JPEG, got a text file\. Give the picture itself/],
  ['empty.png', '', /^empty\.png: .*empty file \(0 bytes\)\. Copy or download it again\.$/],
  ['drawing.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>', /^drawing\.svg: .*an SVG.*Render it to a PNG first\.$/],
  ['loop.gif', animatedGif(), /^loop\.gif: .*an animated GIF, of 2 pictures\. Save the one with the word as a PNG\.$/],
  ['phone.heic', heic(), /^phone\.heic: .*a HEIC photo\. Convert it to JPEG/],
  ['bomb.png', tinyBomb(), /^bomb\.png: damaged PNG: \d+ bytes of image data cannot hold 8000 x 8000 pixels\. Save/],
  ['huge.png', hugePng(), /^huge\.png: expected at most 64 megapixels .*got 20000 x 20000\. Crop or scale/],
  ['dot.png', makePng({ width: 1, height: 1, depth: 8, colourType: 0, pixel: () => [0] }), /too small.*1 x 1/],
  [
    'cut.jpg',
    makeJpeg(60, 20, (x) => x).subarray(0, 500),
    /^cut\.jpg: truncated JPEG: .*Copy or download the file again/,
  ],
];

export function readPage(browser: Browser, url: () => string): void {
  describe('Read', () => {
    let opened: Opened;
    const page = () => opened.page;
    beforeAll(async () => {
      opened = await open(browser, url());
    });
    afterAll(() => close(opened));

    it('reads an example by itself, and each of the others when it is chosen', async () => {
      await textOf(page(), '#text', /^ENTERTAINER$/);
      for (const word of WORDS.toReversed()) {
        await page().click(`[data-word=${word}]`);
        await textOf(page(), '#text', new RegExp(`^${word}$`));
        expect(await page().textContent('#verdict')).toBe('✓ right');
        expect(await page().locator('#letters li').count()).toBe(word.length);
        expect((await page().locator('#chars li').allTextContents()).join('')).toBe(word);
      }
    });

    it('reads a file that is chosen, pasted or dropped', async () => {
      await page().setInputFiles('#file', picture('PRANKS'));
      await textOf(page(), '#text', /^PRANKS$/);
      expect(await page().textContent('#status')).toBe('PRANKS.png');
      await giveFile(page(), 'paste', picture('SPEAKERS'));
      await textOf(page(), '#text', /^SPEAKERS$/);
      await giveFile(page(), 'drop', picture('PERSONIFY'));
      await textOf(page(), '#text', /^PERSONIFY$/);
      expect(await page().textContent('#adapter')).toContain('software: the processor does the work');
    });

    it.each(BAD)('says what is wrong with %s, and what to do', async (name, bytes, wanted) => {
      await page().setInputFiles('#file', fileOf(name, bytes));
      await textOf(page(), '#status', wanted);
      expect(await page().locator('#status').getAttribute('class')).toContain('bad');
      expect(await page().isVisible('#result')).toBe(false);
    });

    it('tells a drop and a paste without a picture', async () => {
      await page().evaluate(() =>
        document.body.dispatchEvent(
          new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: new DataTransfer() }),
        ),
      );
      await textOf(page(), '#status', /^That is no file/);
      await page().evaluate(() =>
        document.body.dispatchEvent(
          new ClipboardEvent('paste', { bubbles: true, cancelable: true, clipboardData: new DataTransfer() }),
        ),
      );
      await textOf(page(), '#status', /^There is no picture in the clipboard/);
    });

    it('stops at Escape, and reads on', async () => {
      // In one moment: a round trip could come after the reading.
      await giveFile(page(), 'drop', picture('SPEAKERS'), 'Escape');
      await textOf(page(), '#status', /^Stopped\.$/);
      expect(await page().locator('#status').getAttribute('class')).not.toContain('bad');
      await page().click('[data-word=PRANKS]');
      await textOf(page(), '#text', /^PRANKS$/);
    });

    it('holds the reading to a list of words', async () => {
      await page().click('#options summary');
      await page().fill('#lexicon', 'planks\nbrands, shrank');
      await textOf(page(), '#text', /^(PLANKS|BRANDS|SHRANK)$/);
      await page().fill('#lexicon', 'café 100%');
      const said = await textOf(page(), '#status', /alphabet|symbol/i);
      expect(said).not.toMatch(/undefined|Error:/);
      await page().fill('#lexicon', '');
      await textOf(page(), '#text', /^PRANKS$/);
      // Of this word something remains where only digits may be read; of others nothing does.
      await page().click('[data-word=ENTERTAINER]');
      await textOf(page(), '#text', /^ENTERTAINER$/);
      await page().selectOption('#alphabet', '0123456789');
      await textOf(page(), '#text', /^[0-9]+$/);
      await page().selectOption('#alphabet', '');
      await textOf(page(), '#text', /^ENTERTAINER$/);
    });

    it('prefers English spelling where that is asked for, and loads it only then', async () => {
      const loaded = () => performance.getEntriesByType('resource').some((e) => e.name.includes('english'));
      expect(await page().evaluate(loaded)).toBe(false);
      await page().selectOption('#language', 'english');
      await page().waitForFunction(loaded);
      await page().click('[data-word=PRANKS]');
      await textOf(page(), '#text', /^PRANKS$/);
      await page().selectOption('#language', '');
    });

    it('is used with the keyboard alone', async () => {
      await page().focus('#tab-picture');
      await page().keyboard.press('End');
      expect(await page().isVisible('#panel-type')).toBe(true);
      await page().keyboard.press('Tab');
      await page().keyboard.type('Paper');
      await textOf(page(), '#echo', /^It read PAPER ✓$/);
      await page().focus('#tab-type');
      await page().keyboard.press('Home');
      expect(await page().isVisible('#panel-picture')).toBe(true);
      await page().focus('[data-word=PRANKS]');
      await page().keyboard.press('Enter');
      await textOf(page(), '#text', /^PRANKS$/);
      // A part of the picture, made smaller and moved.
      await page().focus('#picture');
      for (const key of ['Enter', 'Shift+ArrowRight', 'ArrowLeft', 'Enter']) await page().keyboard.press(key);
      await textOf(page(), '#status', /^The marked part of Example$/);
      await page().focus('#whole');
      await page().keyboard.press('Enter');
      await textOf(page(), '#text', /^PRANKS$/);
      await page().focus('#heat-box');
      await page().keyboard.press('End');
      await textOf(page(), '#heat-text', /^Step 32 of 32: /);
    });

    it('refuses a model file that is none or was changed, and keeps the one in use', async () => {
      await page().setInputFiles('#model-file', fileOf('mine.safetensors', 'no weights'));
      await textOf(page(), '#status', /mine\.safetensors/);
      const [file] = readdirSync(join(root, 'models')).filter((f) => f.endsWith('.safetensors'));
      const bytes = readFileSync(join(root, 'models', file));
      bytes[bytes.length - 100] ^= 1;
      await page().setInputFiles('#model-file', fileOf('mine.safetensors', bytes));
      await textOf(page(), '#status', /^This model file is damaged.*Download it again\.$/);
      await page().click('[data-word=SPEAKERS]');
      await textOf(page(), '#text', /^SPEAKERS$/);
    });
  });
}
