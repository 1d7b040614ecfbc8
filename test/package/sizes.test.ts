/** What a page has to load: JavaScript as a bundler makes it, minified and compressed, and the model. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type OutputChunk, rolldown } from 'rolldown';
import { expect, test } from 'vitest';
import { SHIPPED_MODELS } from '../../src/ocr/index.ts';
import { root } from '../cli/lexel.ts';

const KB = 1000;

/** What a page loads with the first picture of a kind. */
const PICTURES = ['png', 'jpeg', 'gif'];

/** Bundles a page's script and gives the gzipped bytes of what loads with it and with its first picture, and of what may load later. */
async function sizes(script: string): Promise<{ first: number; later: number }> {
  const entry = join(root, 'page.js');
  const bundle = await rolldown({
    input: entry,
    platform: 'browser',
    logLevel: 'silent',
    plugins: [
      { name: 'page', resolveId: (id) => (id === entry ? id : null), load: (id) => (id === entry ? script : null) },
    ],
  });
  const { output } = await bundle.generate({ format: 'esm', minify: true });
  await bundle.close();
  const chunks = output.filter(
    (o): o is OutputChunk =>
      o.type === 'chunk' && ![...SHIPPED_MODELS, 'english'].some((m) => o.name.startsWith(`${m}.gen`)),
  );
  // The models and the language model are there, each in a chunk of its own.
  expect(chunks).toHaveLength(output.length - SHIPPED_MODELS.length - 1);
  const first = new Set<string>();
  const visit = (name: string): void => {
    if (first.has(name)) return;
    first.add(name);
    for (const to of chunks.find((c) => c.fileName === name)?.imports ?? []) visit(to);
  };
  for (const c of chunks) if (c.isEntry) visit(c.fileName);
  const sum = (list: readonly OutputChunk[]) => list.reduce((n, c) => n + gzipSync(c.code, { level: 9 }).length, 0);
  const picture = Math.max(
    ...PICTURES.map((kind) => sum(chunks.filter((c) => !first.has(c.fileName) && c.name === kind))),
  );
  const begin = sum(chunks.filter((c) => first.has(c.fileName)));
  for (const kind of PICTURES) expect(chunks.map((c) => c.name)).toContain(kind);
  return { first: begin + picture, later: sum(chunks) - begin - picture };
}

const dist = (file: string) => JSON.stringify(join(root, 'dist', file));

test('reading takes at most 40 KB of JavaScript', async () => {
  const { first, later } = await sizes(
    `import { createRecognizer } from ${dist('index.js')};
createRecognizer().then(async (ocr) => console.log((await ocr.read('word.png')).text));`,
  );
  console.log(`reading: ${first} bytes of gzipped JavaScript; ${later} more only for pages, word lists, other models`);
  expect(first).toBeGreaterThan(10 * KB);
  expect(first).toBeLessThanOrEqual(40 * KB);
});

test('reading and training take at most 90 KB', async () => {
  const { first, later } = await sizes(
    `import { createRecognizer } from ${dist('index.js')};
import { backward, Device, linear, mseLoss, Tensor } from ${dist('engine.js')};
import { createModel } from ${dist('nn/index.js')};
import { Adam, createSession, Evaluator, runConfig, runLoop, Trainer } from ${dist('train/index.js')};
globalThis.all = [createRecognizer, backward, Device, linear, mseLoss, Tensor, createModel, Adam, createSession, Evaluator, runConfig, runLoop, Trainer];`,
  );
  console.log(`reading and training: ${first} bytes of gzipped JavaScript; ${later} more only for pages`);
  expect(first).toBeGreaterThan(40 * KB);
  expect(first).toBeLessThanOrEqual(90 * KB);
});

test.each(SHIPPED_MODELS)('the model %s takes at most 1.2 MB', (name) => {
  const model = statSync(join(root, 'models', `${name}.safetensors`)).size;
  const text = statSync(join(root, 'dist', 'ocr', `${name}.gen.js`)).size;
  console.log(`${name}: ${model} bytes; ${text} as the module that holds it`);
  expect(model).toBeLessThanOrEqual(1.2 * KB * KB);
});
