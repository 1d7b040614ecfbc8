/**
 * The engine in a real browser: the table of cases and the conformance cases that run in Node, logits that agree with Node's,
 * memory that stays flat. `npm run test:browser` runs all of each; here it is a part that takes half a minute.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import type { CDPSession, Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unpackSwiftShader } from '../../scripts/swiftshader.mjs';
import { loadManifest, OP_CHECKS } from '../../src/check/index.ts';
import { Device } from '../../src/gpu/index.ts';
import { resizeGrey } from '../../src/nn/index.ts';
import { FontLibrary, renderWord } from '../../src/train/data/index.ts';
import { script } from '../cli/lexel.ts';
import { greatestDifference, type Readings, readAll, SIZE } from './agreement.ts';
import { describeInChromium, watchPage } from './chromium.ts';
import type { Engine } from './engine/main.ts';
import { builtSite, PATIENCE_MS, root } from './pages.ts';
import type { Site } from './site.ts';

/** Everything, as `npm run test:browser` asks for it. */
const ALL = process.env.LEXEL_BROWSER_ALL === '1';
const HOUR = 3_600_000;
/** Ops of the fast part: each family of kernels, those with variants among them. */
const OPS = ['matmul', 'conv2d', 'maxpool2d', 'batchnorm2d', 'lstm', 'ctc_loss', 'softmax', 'adam'];
const READS = ALL ? 1000 : 40;
const STEPS = ALL ? 200 : 12;
const IMAGES = ALL ? 50 : 10;
/** Largest difference of logits between two adapters. */
const AGREEMENT = 1e-3;

const conformance = process.env.LEXEL_CONFORMANCE ?? resolve(root, '../shared/conformance');
const suites = await loadManifest(conformance, async (path) => readFileSync(path)).then(
  (all) => all.filter((s) => s.kind === 'tensors').map((s) => s.suite),
  () => [],
);
if (suites.length === 0)
  console.warn(`SKIPPED: conformance in the browser, because ${conformance}/manifest.json is missing.`);

declare const window: { readonly engine: Engine };

/** JavaScript heap in use once everything that can go has gone. */
async function heap(session: CDPSession): Promise<number> {
  for (let i = 0; i < 3; i++) await session.send('HeapProfiler.collectGarbage');
  return (await session.send('Runtime.getHeapUsage')).usedSize;
}

/** Words as the generator draws them, at the size of the model's input. */
function pictures(): Uint8Array<ArrayBuffer>[] {
  const fonts = new FontLibrary('all');
  const words = ['LEXICON', 'ENGINE', 'PRANKS', 'SPEAKERS', 'QUARTZ', 'MIGRATION', 'VEXING', 'JUMBO', 'KAYAKS', 'WORD'];
  return Array.from({ length: IMAGES }, (_, index) => {
    const { grey, width, height } = renderWord({ word: words[index % words.length], seed: 12, index, fonts });
    return new Uint8Array(resizeGrey(grey, width, height, SIZE.width, SIZE.height));
  });
}

await describeInChromium('the engine in the browser', (browser) => {
  let site: Site;
  let page: Page;
  let faults: string[];
  const model = readFileSync(join(root, 'models/word-small.safetensors'));
  beforeAll(async () => {
    site = await builtSite({
      configFile: false,
      root: join(import.meta.dirname, 'engine'),
      base: './',
      build: { target: 'es2022' },
    });
    page = await browser.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    faults = watchPage(page);
    await page.route('**/model.safetensors', (route) => route.fulfill({ body: model }));
    await page.route('**/conformance/*', (route) =>
      route.fulfill({ path: join(conformance, new URL(route.request().url()).pathname.split('/').at(-1) ?? '') }),
    );
    await page.goto(site.url);
    await page.waitForFunction(() => 'engine' in window);
  });
  afterAll(async () => {
    expect(faults).toEqual([]);
    await page.close();
    await site.close();
  });

  const ops = ALL ? OP_CHECKS.map((c) => c.op) : OPS;
  it.each(ops)(
    'cases of %s against the float64 reference',
    async (op) => {
      const reports = await page.evaluate(([o, all]) => window.engine.check([o], all), [op, ALL] as const);
      expect(reports.length).toBeGreaterThan(0);
      expect(reports.flatMap((r) => r.failures)).toEqual([]);
    },
    HOUR,
  );

  it.each(suites)(
    'conformance suite %s',
    async (suite) => {
      const most = ALL ? Number.MAX_SAFE_INTEGER : 1;
      const got = await page.evaluate(([s, n]) => window.engine.conform('./conformance', s, n), [suite, most] as const);
      expect(got.failures).toEqual([]);
      expect(got.passed).toBeGreaterThan(0);
    },
    HOUR,
  );

  describe('logits and texts', () => {
    const images = pictures();
    let here: Readings;
    let there: Readings;
    beforeAll(async () => {
      const device = await Device.create();
      here = await readAll(device, new Uint8Array(model), images);
      device.dispose();
      const texts = images.map((bytes) => Buffer.from(bytes).toString('base64'));
      there = await page.evaluate((list) => window.engine.agree(list), texts);
    });

    /** The same to 1e-3, the text to the letter; what was seen is printed. */
    function agree(a: Readings, b: Readings): void {
      const most = greatestDifference(a, b);
      console.log(
        `logits of ${a.texts.length} pictures, ${a.adapter} and ${b.adapter}: at most ${most.toExponential(2)} apart`,
      );
      expect(most).toBeLessThan(AGREEMENT);
      expect(b.texts).toEqual(a.texts);
    }

    it('are those of Node on its own adapter', () => {
      expect(here.texts.filter((t) => t.length >= 3).length).toBeGreaterThan(0.8 * IMAGES);
      agree(here, there);
    });

    const swift = unpackSwiftShader();
    it.skipIf(swift.folder === undefined)(
      'are those of Node on SwiftShader',
      async () => {
        // In the checkout, so that the program finds its packages.
        const folder = mkdtempSync(join(root, '.cache', 'agreement-'));
        try {
          const entry = join(import.meta.dirname, 'engine/node.ts');
          await build({
            configFile: false,
            logLevel: 'error',
            build: {
              ssr: entry,
              outDir: folder, // package.json names the modules with side effects of dist/ alone; these are sources.
              rolldownOptions: { output: { entryFileNames: 'node.mjs' }, treeshake: false },
            },
          });
          const input = join(folder, 'in.json');
          const output = join(folder, 'out.json');
          const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
          writeFileSync(input, JSON.stringify({ model: base64(model), images: images.map(base64) }));
          const driver = {
            VK_DRIVER_FILES: swift.icd ?? '',
            VK_ICD_FILENAMES: '',
            LD_LIBRARY_PATH: swift.folder ?? '',
          };
          const files = { LEXEL_PICTURES: input, LEXEL_READINGS: output };
          const done = await script(`await import('./${relative(root, folder)}/node.mjs')`, { ...driver, ...files });
          expect(`${done.stderr}`).not.toMatch(/Error/);
          const swiftshader: Readings = JSON.parse(readFileSync(output, 'utf8'));
          expect(swiftshader.adapter).toMatch(/swiftshader/i);
          agree(here, swiftshader);
          agree(swiftshader, there);
        } finally {
          rmSync(folder, { recursive: true });
        }
      },
      HOUR,
    );
  });

  describe('memory', () => {
    let session: CDPSession;
    beforeAll(async () => {
      session = await page.context().newCDPSession(page);
    });

    /** The device holds the same after each; the heap grows by less than what one forgotten object a time would be. */
    async function flat(what: 'read' | 'train', count: number, warm: number): Promise<void> {
      const run = (n: number) => page.evaluate(([w, m]) => window.engine[w](m), [what, n] as const);
      await run(warm);
      const before = await heap(session);
      const held = await run(count);
      const after = await heap(session);
      const [first] = held.slice(-Math.ceil(held.length / 2));
      console.log(
        `${count} times ${what}: the device holds ${held.at(0)} to ${held.at(-1)} bytes; the heap went from ${before} to ${after}`,
      );
      expect(new Set(held.slice(-Math.ceil(held.length / 2)))).toEqual(new Set([first]));
      expect(after - before).toBeLessThan(100 * count + 100_000);
    }

    it(`${READS} reads in one page`, () => flat('read', READS, 20), HOUR);
    it(`${STEPS} training steps in one page`, () => flat('train', STEPS, 12), HOUR);
  });
});
