/** DESIGN.md section 1: dependencies point downward, and no room reaches past another's index.ts. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const src = join(root, 'src');

/** What each room may use, top-down. */
const MAY_USE: Readonly<Record<string, readonly string[]>> = {
  demo: ['entry', 'bench', 'check', 'ocr', 'train', 'nn', 'autograd', 'kernels', 'gpu'],
  cli: ['bench', 'check', 'ocr', 'train', 'nn', 'autograd', 'kernels', 'gpu'],
  // The package's entry points: src/index.ts, src/engine.ts, ...
  entry: ['check', 'ocr', 'train', 'nn', 'autograd', 'kernels', 'gpu'],
  bench: ['ocr', 'train', 'nn', 'autograd', 'kernels', 'gpu'],
  // The oracle drives public ops and the optimisers; nothing that ships in a reader may need it.
  check: ['train', 'nn', 'autograd', 'kernels', 'gpu'],
  ocr: ['nn', 'autograd', 'kernels', 'gpu'],
  train: ['nn', 'autograd', 'kernels', 'gpu'],
  nn: ['autograd', 'kernels', 'gpu'],
  autograd: ['kernels', 'gpu'],
  kernels: ['gpu'],
  gpu: [],
};

/** Files besides a folder's index.ts that other rooms may import, each for a reason. */
const PUBLIC: readonly (readonly [file: RegExp, from: RegExp, why: string])[] = [
  [/^gpu\/errors\.ts$/, /./, 'error classes alone: the command line and image decoders start without the engine'],
  [/^nn\/(fit-line|resize)\.ts$/, /^train\/data\//, 'worker processes draw words without loading the engine'],
  [/^train\/files\.node\.ts$/, /^(cli|entry)\//, 'Node only, so it is not in the index that browsers load'],
  [/^(gpu|kernels|ocr)\/host\.node\.ts$/, /^(cli|entry)\//, 'what Node gives: no browser entry may reach it'],
  [/^kernels\//, /^bench\//, 'a benchmark a kernel: it times launches that no upper room calls'],
];

interface Import {
  readonly from: string;
  readonly to: string;
}

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((f) => f.isFile() && /\.ts$/.test(f.name) && !f.parentPath.includes('node_modules'))
    .map((f) => join(f.parentPath, f.name));
}

const roomOf = (path: string) => (path.includes('/') ? path.split('/')[0] : 'entry');

/** A path below src/ (or demo/), with entry points under `entry/`. */
function named(file: string): string {
  const path = relative(src, file).replaceAll('\\', '/');
  if (path.startsWith('../demo/')) return path.slice(3);
  return path.includes('/') ? path : `entry/${path}`;
}

function importsOf(file: string): Import[] {
  const text = readFileSync(file, 'utf8');
  const found = [...text.matchAll(/(?:\bfrom|\bimport\(?)\s*'(\.{1,2}\/[^']+)'/g)];
  return found
    .filter((m) => /\.ts$/.test(m[1]))
    .map((m) => ({ from: named(file), to: named(resolve(dirname(file), m[1])) }));
}

const files = [...sources(src), ...sources(join(root, 'demo'))];
const crossing = files.flatMap(importsOf).filter(({ from, to }) => roomOf(from) !== roomOf(to));

test('every room is known', () => {
  const rooms = new Set(files.map((f) => roomOf(named(f))));
  for (const room of rooms)
    expect(Object.keys(MAY_USE), `a room of src/ without its place in this test`).toContain(room);
});

test('dependencies point downward only', () => {
  const wrong = crossing.filter(({ from, to }) => !MAY_USE[roomOf(from)]?.includes(roomOf(to)));
  expect(wrong.map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
});

test('no room reaches past an index.ts', () => {
  const wrong = crossing.filter(
    ({ from, to }) =>
      !to.endsWith('/index.ts') &&
      roomOf(to) !== 'entry' &&
      !PUBLIC.some(([file, by]) => file.test(to) && by.test(from)),
  );
  expect(wrong.map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
});

test('the exceptions are all in use', () => {
  for (const [file, by, why] of PUBLIC)
    expect(
      crossing.some(({ from, to }) => file.test(to) && by.test(from)),
      `${file}: ${why}`,
    ).toBe(true);
});
