/**
 * Unrolls loops of fixed length over register tiles, for drivers that do not: there a tile indexed by a loop variable stays in memory.
 *
 * A loop is unrolled when it counts upward by one from a literal to a literal or a module `const u32`, and nothing in its body breaks out of it.
 * Private arrays whose indices are all literals then become scalars, and a shuffle from a literal lane (or one like `4u * 1u + 2u`) becomes a broadcast.
 * Reads the plain style of `shaders/` only, not all of WGSL; what it does not recognise it leaves alone.
 */
export function unroll(code: string): string {
  const consts = new Map<string, number>();
  for (const [, name = '', value] of code.matchAll(/^const (\w+) ?= ?(\d+)u;/gm)) consts.set(name, Number(value));
  const sizeOf = (text: string): number => consts.get(text) ?? Number.parseInt(text, 10);
  return broadcasts(scalars(folded(loops(code, sizeOf)), sizeOf));
}

type SizeOf = (text: string) => number;

/** Longer loops only cost compile time. */
const MAX_TRIPS = 32;
const LOOP = /for ?\(var (\w+) ?= ?(\d+)u; ?\1 ?< ?(\w+); ?\1\+\+\) ?\{/g;

function loops(code: string, sizeOf: SizeOf): string {
  let out = '';
  let done = 0;
  for (const match of code.matchAll(LOOP)) {
    if (match.index < done) continue;
    const [head, name = '', from = '', bound = ''] = match;
    const open = match.index + head.length;
    const close = blockEnd(code, open);
    const body = code.slice(open, close);
    const trips = sizeOf(bound) - Number(from);
    // A name that is no module const gives NaN here.
    if (!(trips <= MAX_TRIPS) || /\b(break|continue)\b/.test(body) || new RegExp(`\\b(var|let) ${name}\\b`).test(body))
      continue;
    const inner = loops(body, sizeOf);
    out += code.slice(done, match.index);
    for (let i = 0; i < trips; i++) out += `{${inner.replace(word(name), `${Number(from) + i}u`)}}\n`;
    done = close + 1;
  }
  return out + code.slice(done);
}

const TILE = /\bvar (\w+): ?(?:array<array<(\w+), ?(\w+)>, ?(\w+)>|array<(\w+), ?(\w+)>);/g;

function scalars(code: string, sizeOf: SizeOf): string {
  let out = code;
  const tile = new RegExp(TILE);
  for (let match = tile.exec(out); match; match = tile.exec(out)) {
    const [declaration, name = '', nested, columns = '', rows = '', flat = '', length = ''] = match;
    const begin = match.index + declaration.length;
    const end = blockEnd(out, begin);
    const scope = out.slice(begin, end);
    const use = word(`${name}\\[(\\d+)u\\]${nested ? '\\[(\\d+)u\\]' : ''}`);
    const others = scope.replace(use, '');
    if (word(name).test(others)) continue;
    const type = nested ?? flat;
    const names = nested
      ? range(sizeOf(rows)).flatMap((r) => range(sizeOf(columns)).map((c) => `${name}_${r}_${c}`))
      : range(sizeOf(length)).map((i) => `${name}_${i}`);
    const replaced = scope.replace(use, (_, r: string, c: unknown) => (nested ? `${name}_${r}_${c}` : `${name}_${r}`));
    out = `${out.slice(0, match.index)}${names.map((n) => `var ${n}: ${type};`).join(' ')}${replaced}${out.slice(end)}`;
    tile.lastIndex = match.index;
  }
  return out;
}

/** `4u * 1u + 2u` as `6u`, where that is a whole index or argument. */
function folded(code: string): string {
  const product = /(?<=[[(,] ?)(\d+)u ?\* ?(\d+)u ?\+ ?(\d+)u(?= ?[\]),])/g;
  return code.replace(product, (_, a, b, c) => `${Number(a) * Number(b) + Number(c)}u`);
}

function broadcasts(code: string): string {
  return code
    .replace(/\bsubgroupShuffle\((\w+), ?(\d+u)\)/g, 'subgroupBroadcast($1, $2)')
    .replace(/\bsubgroupShuffle\((\w+), ?((?:\d+u|[A-Z][A-Z0-9_]*\b|[-+*/% ()])+)\);/g, 'subgroupBroadcast($1, $2);');
}

/** The index of the brace that ends the block in which `at` lies; the end of the code at module scope. */
function blockEnd(code: string, at: number): number {
  let depth = 1;
  for (let i = at; i < code.length; i++) {
    if (code[i] === '{') depth++;
    else if (code[i] === '}' && --depth === 0) return i;
  }
  return code.length;
}

/** `text` where it is a name of its own: not a member, not part of a longer name. */
function word(text: string): RegExp {
  return new RegExp(`(?<![.\\w])${text}(?!\\w)`, 'g');
}

function range(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}
