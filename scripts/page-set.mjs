// npm run pages:draw -- --out DIR: pages made by other means than the generator of lines, with the exact text of each line: documents that
// a browser draws in fonts that no line model is trained on, some of them worn as a printer and a scanner would.
// `lexel eval DIR --pages` scores a model on them. Needs a Chromium, as scripts/page-draw.mjs says.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DOCUMENTS, FONTS } from './page-documents.mjs';
import { drawPage, greyPng, openBrowser } from './page-draw.mjs';
import { EFFECTS } from './page-effects.mjs';

const { values } = parseArgs({ options: { out: { type: 'string' }, help: { type: 'boolean', short: 'h' } } });
if (values.help || !values.out) {
  console.log('npm run pages:draw -- --out DIR');
  process.exit(values.help ? 0 : 2);
}
const out = values.out;
mkdirSync(out, { recursive: true });

const browser = await openBrowser();
const pages = [];
try {
  for (const [name, document] of Object.entries(DOCUMENTS)) {
    const drawn = await drawPage(browser, { ...document, fonts: FONTS }, out);
    for (const effect of document.effects) {
      const { page, toPage } = EFFECTS[effect](drawn);
      const file = `${name}-${effect}.png`;
      writeFileSync(join(out, file), greyPng(page));
      const lines = drawn.lines.map(({ text, box: [x, y, w, h] }) => ({
        text,
        // The line's middle, from its left to its right end, and its height.
        from: toPage(x, y + h / 2),
        to: toPage(x + w, y + h / 2),
        height: h,
      }));
      pages.push({ file, kind: document.kind, effect, lines });
      console.log(`${file}: ${page.width} x ${page.height}, ${lines.length} lines`);
    }
  }
} finally {
  await browser.close();
}
writeFileSync(join(out, 'pages.json'), `${JSON.stringify(pages, null, 1)}\n`);
