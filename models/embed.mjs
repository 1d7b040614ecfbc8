// Writes the models that ship as modules, src/ocr/NAME.gen.ts: base64 in a string. An address beside the code would serve some
// bundlers (Vite, webpack) and not others (esbuild, Rollup); a module that is imported when needed serves all of them.
// No dependency; run from the build, the tests' set-up and the demo's.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const NAMES = ['word-small'];

/** Writes what differs from the model files. */
export function embedModels() {
  for (const name of NAMES) {
    const target = join(here, '..', 'src', 'ocr', `${name}.gen.ts`);
    const base64 = readFileSync(join(here, `${name}.safetensors`)).toString('base64');
    // The type is written out: a declaration file would repeat the text.
    const text = `// Written by models/embed.mjs; do not edit.\n/** models/${name}.safetensors. */\nexport const base64: string = '${base64}';\n`;
    let old = '';
    try {
      old = readFileSync(target, 'utf8');
    } catch {
      // first run
    }
    if (old !== text) writeFileSync(target, text);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) embedModels();
