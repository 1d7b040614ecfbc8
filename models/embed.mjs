// Writes the models that ship, every .safetensors file here, as modules, src/ocr/NAME.gen.ts: base64 in a string; their list, src/ocr/shipped.gen.ts, and the language model. An address beside the code would serve some
// bundlers (Vite, webpack) and not others (esbuild, Rollup); a module that is imported when needed serves all of them.
// No dependency; run from the build, the tests' set-up and the demo's.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const ocr = join(here, '..', 'src', 'ocr');

function write(name, text) {
  const target = join(ocr, `${name}.gen.ts`);
  let old = '';
  try {
    old = readFileSync(target, 'utf8');
  } catch {
    // first run
  }
  const whole = `// Written by models/embed.mjs; do not edit.\n${text}`;
  if (old !== whole) writeFileSync(target, whole);
}

/** Writes what differs from the model files. */
export function embedModels() {
  const names = readdirSync(here)
    .filter((f) => f.endsWith('.safetensors'))
    .map((f) => f.slice(0, -'.safetensors'.length))
    .sort();
  for (const name of names) {
    const base64 = readFileSync(join(here, `${name}.safetensors`)).toString('base64');
    // The type is written out: a declaration file would repeat the text.
    write(name, `/** models/${name}.safetensors. */\nexport const base64: string = '${base64}';\n`);
  }
  const english = readFileSync(join(here, 'language', 'english.safetensors')).toString('base64');
  write('english', `/** models/language/english.safetensors. */\nexport const base64: string = '${english}';\n`);
  const rows = names.map((name) => `  '${name}': () => import('./${name}.gen.ts'),\n`);
  const type = 'Readonly<Record<string, () => Promise<{ readonly base64: string }>>>';
  write('shipped', `/** The models that ship, each in a module that is loaded when asked for. */\nexport const modules: ${type} = {\n${rows.join('')}};\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) embedModels();
