// Turns shaders/*.wgsl into src/kernels/wgsl.gen.ts (and wgsl-later.gen.ts): code without its comments and spare spaces (a third of a reader's bundle would be
// comments), and the names of its bindings, params, overrides and consts as types, so that a misspelt binding is a type
// error. No dependency; run from `prepare`, the build and the tests.
//
// What a kernel file looks like:
//   // uses: lib/grid            pulls shaders/lib/grid.wgsl in (a file stays valid WGSL once they are joined)
//   const TILE_M = 8u;           a variant may replace the value (upper-case names only)
//   override WG: u32 = 64;       a variant may set it at pipeline creation
//   struct Params { ... }        4-byte scalars only
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const kernels = join(here, '..', 'src', 'kernels');

/** Reads one kernel; throws with file and reason where it breaks the house rules. */
export function describe(name, text, readLib) {
  const fail = (why) => {
    throw new Error(`shaders/${name}.wgsl: ${why}`);
  };
  const lines = text.split('\n');
  if (!lines[0].startsWith('//')) fail('must start with its header comment');
  const libs = [...text.matchAll(/^\/\/ uses: (lib\/\w+)$/gm)].map((m) => m[1]);
  const body = text.replace(/^enable [^;]+;\n/gm, '');
  const enables = [...text.matchAll(/^enable [^;]+;$/gm)].map((m) => m[0]);
  const bindings = [];
  for (const m of text.matchAll(/@group\(0\)\s*@binding\((\d+)\)\s*var<storage,\s*(read|read_write)>\s*(\w+)\s*:/g)) {
    if (Number(m[1]) !== bindings.length) fail(`binding ${m[1]} of ${m[3]} is out of order`);
    bindings.push({ name: m[3], access: m[2] });
  }
  if (bindings.length === 0) fail('has no storage binding in group 0');
  if (bindings.length > 8) fail(`has ${bindings.length} storage bindings; 8 is the portable limit`);
  const params = [];
  // Kernels of one family share the struct through a library.
  const struct = /struct Params \{([^}]*)\}/.exec([...libs.map(readLib), text].join('\n'));
  if (struct) {
    if (!/@group\(1\)\s*@binding\(0\)\s*var<uniform>\s*params\s*:\s*Params/.test(text))
      fail('Params must be group 1, binding 0');
    for (const m of struct[1].replace(/\/\/.*$/gm, '').matchAll(/(\w+)\s*:\s*([\w<>]+)/g)) {
      if (!['u32', 'i32', 'f32'].includes(m[2])) fail(`Params.${m[1]} must be u32, i32 or f32`);
      params.push({ name: m[1], type: m[2] });
    }
  }
  const overrides = [...text.matchAll(/^override (\w+)\s*:/gm)].map((m) => m[1]);
  const consts = [...text.matchAll(/^const ([A-Z][A-Z0-9_]*) = (?:\d+)u;/gm)].map((m) => m[1]);
  const code = [...enables, ...libs.map(readLib), body].join('\n');
  return { name, code, bindings, params, overrides, consts, subgroups: enables.some((e) => e.includes('subgroups')) };
}

/**
 * The same shader with fewer characters. Every statement keeps its line, so that an error's excerpt shows it whole.
 * Spaces go only between a word or a bracket and an operator: `a - -b`, `a & &b` and `array<u32, 4> = x` stay what they are.
 */
export function compact(code) {
  return code
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\/\/.*$/gm, '')
    .replace(/[ \t]+/g, ' ')
    .replace(/^ +| +$/gm, '')
    .replace(/(?<=[\w)\]]) ([-+*/%<>=!&|^]=?|&&|\|\||<<=?|>>=?) (?=[\w(])/g, '$1')
    .replace(/ ?([,;:{}()[\]]) ?/g, '$1')
    .replace(/(?<![\w.])(\d+)\.0(?![\w.])/g, '$1.')
    .replace(/(?<![\w.])0(\.\d)/g, '$1')
    .replace(/\n+/g, '\n')
    .trim()
    .concat('\n');
}

/** A list of names as a type. */
function union(names) {
  return names.length === 0 ? 'never' : names.map((n) => `'${n}'`).join(' | ');
}

/**
 * Kernels whose functions are loaded with their first launch, since hardly a reader launches them: the batch norm that inference folds into
 * convolutions, pooling whose windows overlap or are padded, what trains and what other models have. What they declare is always there.
 */
const LATER = [
  'batchnorm2d',
  'batchnorm2d_finish',
  'batchnorm2d_stats',
  'binary',
  'dropout',
  'gru',
  'gru_subgroup',
  'half',
  'maxpool2d',
];

/** A compacted shader as its declarations, and the rest. The order of a module's declarations is free in WGSL. */
export function split(code) {
  const declarations = /^(?:enable .*|override .*|const [A-Z].*|struct Params\{[^}]*\}|@group.*)\n/gm;
  return { head: (code.match(declarations) ?? []).join(''), rest: code.replace(declarations, '') };
}

/** The texts of the generated modules. */
export function generate() {
  const readLib = (lib) => readFileSync(join(here, `${lib}.wgsl`), 'utf8');
  const names = readdirSync(here)
    .filter((f) => f.endsWith('.wgsl'))
    .map((f) => f.slice(0, -5))
    .sort();
  const begin = '// Written by shaders/embed.mjs; do not edit.\n';
  let now = `${begin}import { kernel } from './source.ts';\n\n`;
  let later = begin;
  for (const name of names) {
    const k = describe(name, readFileSync(join(here, `${name}.wgsl`), 'utf8'), readLib);
    const [bindings, params] = [k.bindings, k.params].map((list) => union(list.map((e) => e.name)));
    const types = [bindings, params, union(k.overrides), union(k.consts)].join(', ');
    const literal = (text) => `\`${text.replaceAll('`', '\\`').replaceAll('$', '\\$')}\``;
    const text = compact(k.code);
    let values = literal(text);
    if (LATER.includes(name)) {
      const { head, rest } = split(text);
      values = `${literal(head)}, async () => (await import('./wgsl-later.gen.ts')).${name}`;
      later += `export const ${name}: string = ${literal(rest)};\n`;
    }
    now += `export const ${name} = /* @__PURE__ */ kernel<${types}>('${name}', ${values});\n`;
  }
  return { 'wgsl.gen.ts': now, 'wgsl-later.gen.ts': later };
}

/** Writes those that differ. */
export function embed() {
  for (const [name, text] of Object.entries(generate())) {
    const target = join(kernels, name);
    let old = '';
    try {
      old = readFileSync(target, 'utf8');
    } catch {
      // first run
    }
    if (old !== text) writeFileSync(target, text);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) embed();
