// Draws test/fixtures/pages: what a browser makes of a few documents, with the text and the ink box of each line in reading order.
// Needs a Chromium (CHROMIUM=/path/to/it, /usr/bin/chromium by default) and playwright-core: `node scripts/page-fixtures.mjs`.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { drawPage, greyPng, openBrowser } from './page-draw.mjs';
import { root } from './paths.mjs';

const out = join(root, 'test/fixtures/pages');

// Families that no line model is trained on.
const FONTS = ['karla', 'lora', 'source-sans-pro', 'source-serif-pro', 'ubuntu-mono'];

const PROSE = [
  'The tide had turned before dawn, and by six o\'clock the boats lay on their sides along the quay. Nobody had slept. "We go at noon," said the harbour master, "or not at all."',
  'A ledger from 1874 lists 312 barrels of herring, 48 of salt and one piano (out of tune). It was sold for 9 pounds; the buyer left no name & never came back for the stool.',
  'What follows is a list of things that were found under the floor: two keys, a spoon, 14 coins, a map of the coast with every lighthouse crossed out in red ink, and a letter.',
];

const PAGES = {
  book: {
    width: 560,
    css: 'body { font: 17px/1.5 lora; padding: 28px 36px } h1 { font-size: 26px; margin: 0 0 14px } p { margin: 0 0 10px; text-align: justify; text-indent: 1.5em }',
    html: `<h1>Chapter 4: The Quay</h1><p>${PROSE[0]}</p><p>${PROSE[1]}</p><p>${PROSE[2]}</p>`,
  },
  columns: {
    width: 720,
    css: 'body { font: 14px/1.35 source-sans-pro; padding: 22px 30px } h1 { font-size: 24px; margin: 0 0 12px; text-align: center } div { columns: 2; column-gap: 30px } p { margin: 0 0 9px }',
    html: `<h1>Harbour News, Tuesday 3 March</h1><div><p>${PROSE[0]}</p><p>${PROSE[2]}</p><p>${PROSE[1]}</p><p>${PROSE[2]}</p></div>`,
  },
  dark: {
    width: 560,
    css: 'body { font: 14px/1.45 ubuntu-mono; padding: 16px 20px; background: #1e1e2e; color: #cdd6f4 } p { margin: 0; white-space: pre } i { color: #7f849c; font-style: normal } b { color: #f9c0b0; font-weight: 400 }',
    html: [
      '<i>// Sums the even numbers of a list.</i>',
      '<b>export function</b> sumEven(xs: number[]): number {',
      '  <b>let</b> total = 0;',
      '  <b>for</b> (<b>const</b> x <b>of</b> xs) {',
      '    <b>if</b> (x % 2 === 0) total += x;',
      '  }',
      '  <b>return</b> total;',
      '}',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a line of code to draw
      'console.log(sumEven([1, 2, 3, 4]), `done: ${"ok"}`);',
    ]
      .map((line) => `<p>${line}</p>`)
      .join(''),
  },
  receipt: {
    width: 340,
    css: 'body { font: 15px/1.4 ubuntu-mono; padding: 18px 22px; color: #333; background: #f7f5f0 } p { margin: 0; text-align: center } div { display: flex; justify-content: space-between }',
    html: `<p>CORNER SHOP No. 17</p><p>12/03/2026 14:05</p>${[
      ['2 x Coffee', '7.00'],
      ['1 x Bagel w/ cheese', '4.25'],
      ['3 x Apples @0.60', '1.80'],
      ['Subtotal', '13.05'],
      ['Tax 8%', '1.04'],
      ['TOTAL', '$14.09'],
    ]
      .map(([a, b]) => `<div data-row><span>${a}</span><span>${b}</span></div>`)
      .join('')}<p>THANK YOU! www.corner-shop.example</p>`,
  },
  table: {
    width: 600,
    css: 'body { font: 15px/1.3 karla; padding: 24px } table { border-collapse: collapse; width: 100% } td, th { border: 1px solid #444; padding: 6px 10px; text-align: left } th { background: #234; color: #fff } hr { margin: 16px 0 } p { margin: 0 }',
    html: `<p>Table 2. Boats by port and year.</p><hr><table>${[
      ['th', 'Port', 'Boats', 'Tonnage', 'Since'],
      ['td', 'Northwick', '24', '1,310', '1874'],
      ['td', 'Saltmarsh', '7', '402', '1902'],
      ['td', 'Grey Point', '113', '9,875', '1851'],
    ]
      .map(([tag, ...cells]) => `<tr data-row>${cells.map((c) => `<${tag}>${c}</${tag}>`).join('')}</tr>`)
      .join('')}</table><hr><p>Source: harbour office, letters of 1931.</p>`,
  },
  sizes: {
    width: 640,
    css: 'body { font-family: source-serif-pro; padding: 20px 28px } p { margin: 0 0 8px; line-height: 1.25 }',
    html: [10, 12, 14, 18, 24, 34]
      .map((px) => `<p style="font-size: ${px}px">Sphinx of black quartz, judge my vow (${px} px)</p>`)
      .join(''),
  },
};

const browser = await openBrowser();
const truth = {};
try {
  for (const [name, document] of Object.entries(PAGES)) {
    const page = await drawPage(browser, { ...document, fonts: FONTS }, out);
    truth[name] = page.lines;
    writeFileSync(join(out, `${name}.png`), greyPng(page));
    console.log(`${name}: ${page.width} x ${page.height}, ${page.lines.length} lines`);
  }
} finally {
  await browser.close();
}
writeFileSync(
  join(out, 'lines.json'),
  `${JSON.stringify(truth).replaceAll('},{', '},\n{').replaceAll('],"', '],\n"')}\n`,
);
