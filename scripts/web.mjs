// What a browser takes without a bundler: dist/web/lexel.js, the reader and its model in one ES module, and dist/demo, the pages.
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { build } from 'vite';
import { root } from './paths.mjs';
import { say } from './say.mjs';

/** Bundles what ensureBuilt compiled. @throws where a bundler does */
export async function buildWeb() {
  say('bundling (script for a page, demo)');
  const bundle = await rolldown({ input: join(root, 'dist', 'index.js'), platform: 'browser' });
  await bundle.write({
    file: join(root, 'dist', 'web', 'lexel.js'),
    format: 'esm',
    minify: true,
    // One file: whoever copies it has everything.
    codeSplitting: false,
    banner: '/*! Lexel, MIT licence */',
  });
  await bundle.close();
  await build({
    configFile: join(root, 'vite.config.ts'),
    root: join(root, 'demo'),
    logLevel: 'warn',
    build: { outDir: join(root, 'dist', 'demo') },
  });
}
