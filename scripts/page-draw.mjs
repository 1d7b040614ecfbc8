// What scripts that draw pages in a browser share: fonts, the text and place of each line, grey pictures.
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { PNG } from 'pngjs';
import { root } from './paths.mjs';

/** The style sheet that names font families of installed packages. */
export function fontFaces(fonts) {
  return fonts
    .flatMap((family) => {
      const folder = join(root, 'node_modules/@fontsource', family, 'files');
      return readdirSync(folder)
        .map((name) => ({ name, match: name.match(/-latin-(400|700)-(normal|italic)\.woff2$/) }))
        .filter(({ match }) => match)
        .map(({ name, match: [, weight, style] }) => {
          const url = pathToFileURL(join(folder, name));
          return `@font-face { font-family: '${family}'; font-weight: ${weight}; font-style: ${style}; src: url('${url}'); }`;
        });
    })
    .join('\n');
}

/** In the page: its lines in reading order, as words on one height in one block or in one row of a table. */
function linesOfDocument() {
  const lines = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const row = node.parentElement.closest('[data-row]');
    const block = row ?? node.parentElement.closest('p, h1');
    if (!block) continue;
    for (const { index, 0: word } of node.data.matchAll(/\S+/g)) {
      const range = document.createRange();
      range.setStart(node, index);
      range.setEnd(node, index + word.length);
      const r = range.getBoundingClientRect();
      const last = lines.at(-1);
      const glued = index === 0 && node.previousSibling !== null ? '' : ' ';
      if (last && last.block === block && (row || Math.abs(last.bottom - r.bottom) < 4)) {
        const spaced = glued === '' && !/\s$/.test(last.raw) && r.left - last.right < 2 ? '' : ' ';
        last.text += spaced + word;
        last.raw = node.data.slice(0, index + word.length);
        last.left = Math.min(last.left, r.left);
        last.top = Math.min(last.top, r.top);
        last.right = Math.max(last.right, r.right);
        last.bottom = Math.max(last.bottom, r.bottom);
      } else
        lines.push({
          block,
          raw: word,
          text: word,
          words: [],
          left: r.left,
          top: r.top,
          right: r.right,
          bottom: r.bottom,
        });
      lines.at(-1).words.push({ left: r.left, top: r.top, right: r.right, bottom: r.bottom });
    }
  }
  return lines.map(({ text, words }) => ({ text, words }));
}

/** The ink within a line's words: what differs from the grey at the top left of each. */
function inkBox(grey, width, height, words) {
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (const word of words) {
    const [x0, x1] = [Math.max(0, Math.floor(word.left) - 1), Math.min(width, Math.ceil(word.right) + 1)];
    const [y0, y1] = [Math.max(0, Math.floor(word.top)), Math.min(height, Math.ceil(word.bottom))];
    const paper = grey[y0 * width + Math.min(width - 1, Math.ceil(word.left))];
    for (let y = y0; y < y1; y++)
      for (let x = x0; x < x1; x++) {
        if (Math.abs(grey[y * width + x] - paper) < 60) continue;
        left = Math.min(left, x);
        right = Math.max(right, x + 1);
        top = Math.min(top, y);
        bottom = Math.max(bottom, y + 1);
      }
  }
  return [left, top, right - left, bottom - top];
}

/** Starts a Chromium (CHROMIUM=/path/to/it, /usr/bin/chromium by default). */
export function openBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--allow-file-access-from-files'],
  });
}

/**
 * Draws a document.
 * @returns `{ width, height, grey, lines }`, each line with its `text` and the `box` of its ink, in reading order
 */
export async function drawPage(browser, { width, css, html, fonts, scale = 1 }, folder) {
  const page = await browser.newPage({ viewport: { width, height: 100 }, deviceScaleFactor: scale });
  const source = `<!doctype html><meta charset="utf-8"><style>${fontFaces(fonts)} body { margin: 0; color: #111 } ${css}</style>${html}`;
  const file = join(folder, 'page.html');
  writeFileSync(file, source);
  await page.goto(String(pathToFileURL(file)));
  await page.evaluate(() => document.fonts.ready);
  const shot = PNG.sync.read(await page.screenshot({ fullPage: true }));
  const lines = await page.evaluate(linesOfDocument);
  await page.close();
  rmSync(file);
  const grey = new Uint8Array(shot.width * shot.height);
  for (let i = 0; i < grey.length; i++)
    grey[i] = Math.round(0.299 * shot.data[4 * i] + 0.587 * shot.data[4 * i + 1] + 0.114 * shot.data[4 * i + 2]);
  const scaled = (w) => Object.fromEntries(Object.entries(w).map(([k, v]) => [k, v * scale]));
  return {
    width: shot.width,
    height: shot.height,
    grey,
    lines: lines.map(({ text, words }) => ({ text, box: inkBox(grey, shot.width, shot.height, words.map(scaled)) })),
  };
}

/** A grey picture as PNG bytes. */
export function greyPng({ width, height, grey }) {
  const png = new PNG({ width, height, colorType: 0, inputColorType: 0, inputHasAlpha: false });
  png.data = Buffer.from(grey);
  return PNG.sync.write(png, { colorType: 0, inputColorType: 0, inputHasAlpha: false, deflateLevel: 9 });
}
