/**
 * `npm run study:typeface`: thirty pictures in a typeface that the shipped model misreads, taught through the Train page in
 * Chromium with the page's own defaults; thirty other words before and after, in the browser and in Node; what became of
 * the words it knew. Prints the figures. On a software GPU it takes long.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCanvas } from '@napi-rs/canvas';
import type { Browser } from 'playwright-core';
import { expect, it } from 'vitest';
import { chooseWords, WORDS } from '../../demo/train/words.ts';
import { Random } from '../../src/nn/index.ts';
import { FontLibrary } from '../../src/train/data/index.ts';
import { fromCheckout } from '../cli/lexel.ts';
import { describeInChromium } from './chromium.ts';
import { builtPages, close, fileOf, open, root, started, textOf } from './pages.ts';

/** Capitals that lean far to the left, as no typeface of the training set does. Another: LEXEL_TYPEFACE, and LEXEL_LEAN (0 is upright). */
const FAMILY = process.env.LEXEL_TYPEFACE ?? 'marcellus';
const LEAN = Number(process.env.LEXEL_LEAN ?? -0.7);
const COUNT = 30;
const HOURS = 4 * 3_600_000;
const folder = join(root, 'runs', 'typeface');
const model = join(folder, 'model.safetensors');

interface Crop {
  readonly word: string;
  readonly png: Buffer;
}

/** A word in capitals, black on white, cropped close. */
function drawn(word: string, alias: string): Crop {
  const font = `56px "${alias}"`;
  const probe = createCanvas(8, 8).getContext('2d');
  probe.font = font;
  const ink = probe.measureText(word);
  const tall = ink.actualBoundingBoxAscent + ink.actualBoundingBoxDescent;
  const wide = ink.actualBoundingBoxLeft + ink.actualBoundingBoxRight + Math.abs(LEAN) * tall;
  const canvas = createCanvas(Math.ceil(wide) + 12, Math.ceil(tall) + 12);
  const context = canvas.getContext('2d');
  context.fillStyle = 'white';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.translate(canvas.width / 2, canvas.height / 2);
  context.transform(1, 0, -LEAN, 1, 0, 0);
  context.font = font;
  context.fillStyle = 'black';
  context.fillText(
    word,
    (ink.actualBoundingBoxLeft - ink.actualBoundingBoxRight) / 2,
    (ink.actualBoundingBoxAscent - ink.actualBoundingBoxDescent) / 2,
  );
  return { word, png: canvas.toBuffer('image/png') };
}

/** What `lexel eval` says of a labelled folder: the share of words right. */
async function evaluated(set: string, ...more: string[]): Promise<number> {
  const { stdout, stderr } = await fromCheckout(['eval', join(set, 'labels.tsv'), '--json', ...more]);
  const share: unknown = JSON.parse(stdout || '{}').wordAccuracy;
  if (typeof share !== 'number') throw new Error(`lexel eval ${set}: ${stderr}${stdout}`);
  return share;
}

/** Trains on crops with what the page proposes. @returns the seconds from the click to the end */
async function trained(browser: Browser, url: string, crops: readonly Crop[]): Promise<number> {
  const opened = await open(browser, `${url}train.html`);
  const { page } = opened;
  page.setDefaultTimeout(HOURS);
  await page.setInputFiles(
    '#files',
    crops.map(({ word, png }) => fileOf(`${word}.png`, png, 'image/png')),
  );
  await textOf(page, '#count', new RegExp(`^${crops.length} pictures\\.$`));
  const start = performance.now();
  await page.click('#start');
  const told = setInterval(async () => console.log(await page.textContent('#status')), 60_000);
  await textOf(page, '#status', /^Done after/);
  clearInterval(told);
  const seconds = (performance.now() - start) / 1000;
  console.log(`${await page.textContent('#status')} ${await page.textContent('#verdict')}`);
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('#save')]);
  await download.saveAs(model);
  await close(opened);
  return seconds;
}

/** Reads crops on the Read page with the trained model, along the best path as `lexel read` does. */
async function readInBrowser(browser: Browser, url: string, crops: readonly Crop[]): Promise<string[]> {
  const opened = await open(browser, url);
  const { page } = opened;
  await page.setInputFiles('#model-file', fileOf('model.safetensors', readFileSync(model)));
  await textOf(page, '#model option:checked', /from model\.safetensors/);
  await started(page);
  await page.click('#options summary');
  await page.fill('#beam', '0');
  const texts: string[] = [];
  for (const { word, png } of crops) {
    await page.setInputFiles('#file', fileOf(`${word}.png`, png, 'image/png'));
    await textOf(page, '#status', new RegExp(`^${word}\\.png$`));
    texts.push((await page.textContent('#text')) ?? '');
  }
  await close(opened);
  return texts;
}

await describeInChromium('a typeface that the model misreads', (browser) => {
  it(
    FAMILY,
    async () => {
      const fonts = new FontLibrary('all', [FAMILY]);
      const alias = fonts.alias(fonts.families[0][0]);
      const learnt = chooseWords('', COUNT);
      const random = new Random(2);
      const rest = WORDS.filter((w) => !learnt.includes(w) && w.length >= 4);
      const others = Array.from({ length: COUNT }, () => rest.splice(random.below(rest.length), 1)[0]);
      const [teach, ask] = [learnt, others].map((list) => list.map((w) => drawn(w.toUpperCase(), alias)));
      rmSync(folder, { recursive: true, force: true });
      const set = join(folder, 'others');
      mkdirSync(set, { recursive: true });
      for (const { word, png } of ask) writeFileSync(join(set, `${word}.png`), png);
      writeFileSync(join(set, 'labels.tsv'), ask.map(({ word }) => `${word}.png\t${word}\n`).join(''));
      const known = join(folder, 'known');
      await fromCheckout(['synth', '--out', known, '--count', '300', '--seed', '99', '--fonts', 'holdout']);

      const before = await evaluated(set);
      const knownBefore = await evaluated(known);
      console.log(`${FAMILY}: ${(100 * before).toFixed(1)} % of ${COUNT} other words before`);
      const site = await builtPages();
      let seconds: number;
      let texts: string[];
      try {
        seconds = await trained(browser, site.url, teach);
        texts = await readInBrowser(browser, site.url, ask);
      } finally {
        await site.close();
      }
      const after = texts.filter((t, i) => t === ask[i].word).length / COUNT;
      const inNode = await evaluated(set, '--model', model);
      const knownAfter = await evaluated(known, '--model', model);
      const files = ask.map(({ word }) => join(set, `${word}.png`));
      const { stdout } = await fromCheckout(['read', '--json', '--model', model, ...files]);
      const node = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).text as string);
      console.log(
        [
          `${FAMILY} leaning by ${LEAN}, ${COUNT} pictures, ${seconds.toFixed(0)} s of training in Chromium`,
          `${COUNT} other words: ${(100 * before).toFixed(1)} % before, ${(100 * after).toFixed(1)} % after; in Node ${(100 * inNode).toFixed(1)} %`,
          `300 generated words in other typefaces: ${(100 * knownBefore).toFixed(1)} % before, ${(100 * knownAfter).toFixed(1)} % after`,
          `misread: ${ask.flatMap(({ word }, i) => (texts[i] === word ? [] : [`${word} as ${texts[i]}`])).join(', ') || 'none'}`,
        ].join('\n'),
      );
      expect(node).toEqual(texts);
      expect(inNode).toBe(after);
      expect(before).toBeLessThan(0.5);
      expect(after).toBeGreaterThan(0.9);
    },
    HOURS,
  );
});
