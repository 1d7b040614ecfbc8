// What a browser takes without a bundler: dist/web/lexel.js, the reader and the model of words in one ES module, the other models
// beside it, which it imports when asked for them, and dist/demo, the pages.
import { copyFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { build } from 'vite';
import { root } from './paths.mjs';
import { say } from './say.mjs';

/** The model within dist/web/lexel.js. */
const WITHIN = 'word-small';
const ocr = join(root, 'dist', 'ocr');

/** Bundles what ensureBuilt compiled. @throws where a bundler does */
export async function buildWeb() {
  say('bundling (script for a page, demo)');
  const later = readdirSync(ocr)
    .map((file) => /^(.+)\.gen\.js$/.exec(file)?.[1])
    .filter((name) => name !== undefined && name !== 'shipped' && name !== WITHIN);
  const bundle = await rolldown({
    input: join(root, 'dist', 'index.js'),
    platform: 'browser',
    plugins: [
      {
        name: 'models-beside',
        resolveId: (id) => {
          const name = later.find((model) => id === `./${model}.gen.js`);
          return name === undefined ? null : { id: `./${name}.js`, external: true };
        },
      },
    ],
  });
  await bundle.write({
    file: join(root, 'dist', 'web', 'lexel.js'),
    format: 'esm',
    minify: true,
    // One file: whoever copies it has all that reading words takes.
    codeSplitting: false,
    banner: '/*! Lexel, MIT licence */',
  });
  await bundle.close();
  for (const name of later) copyFileSync(join(ocr, `${name}.gen.js`), join(root, 'dist', 'web', `${name}.js`));
  await build({
    configFile: join(root, 'vite.config.ts'),
    root: join(root, 'demo'),
    logLevel: 'warn',
    build: { outDir: join(root, 'dist', 'demo') },
  });
}
