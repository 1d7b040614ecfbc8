/** One name finds everything: each shader has its op, its reference, its test and its benchmark. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');

interface Home {
  /** src/kernels/NAME.ts */
  readonly op?: string;
  /** src/check/reference/NAME.ts */
  readonly reference?: string;
  /** test/kernels/NAME.test.ts */
  readonly test?: string;
  /** src/bench/NAME.ts */
  readonly bench?: string;
}

/** Where a part's name is another than the kernel's. Everything else is found by the kernel's own name. */
const HOMES: Readonly<Record<string, Home>> = {
  accumulate: { reference: 'binary' },
  adam: { reference: 'optimizers' },
  argmax: { op: 'max', reference: 'reduce' },
  fill: { reference: 'ndarray' },
  grad_clip: { op: 'grad_norm', reference: 'optimizers', test: 'grad_norm' },
  grad_norm: { reference: 'optimizers' },
  pick: { op: 'nll', reference: 'losses' },
  recurrent_pack: { reference: 'recurrent', test: 'lstm' },
  relu_mask: { op: 'conv2d', reference: 'unary' },
  sgd: { op: 'adam', reference: 'optimizers' },
  strided_copy: { op: 'layout', reference: 'layout' },
  sum: { reference: 'reduce' },
};

/** Helpers belong to the op whose name they begin with; these endings say what they do for it. */
const PART = /_(subgroup|workgroup|tiles|backward|x|w|sums|finish|stats|reduce|mask|total)$/;

const kernels = readdirSync(join(root, 'shaders'))
  .filter((f) => f.endsWith('.wgsl'))
  .map((f) => f.slice(0, -5));

function ownerOf(kernel: string): string {
  if (HOMES[kernel]) return kernel;
  const shorter = kernel.replace(PART, '');
  return shorter !== kernel && kernels.some((k) => k === shorter || k.startsWith(`${shorter}_`))
    ? ownerOf(shorter)
    : kernel;
}

const HEADER = ['maths', 'shapes', 'invocation', 'numerics', 'source'];

describe.each(kernels)('%s', (kernel) => {
  test('starts with the six lines of its header', () => {
    const lines = readFileSync(join(root, 'shaders', `${kernel}.wgsl`), 'utf8').split('\n');
    expect(lines[0]).toMatch(new RegExp(`^// ${kernel}: \\S`));
    const comment = lines.slice(
      0,
      lines.findIndex((l) => !l.startsWith('//')),
    );
    const keys = comment.flatMap((l) => /^\/\/ (maths|shapes|invocation|numerics|source): \S/.exec(l)?.[1] ?? []);
    expect(keys).toEqual(HEADER);
  });

  test('has op, reference, test and benchmark', () => {
    const owner = ownerOf(kernel);
    const { op = owner, reference = owner, test: tested = owner, bench = owner } = HOMES[owner] ?? {};
    const parts = [
      `src/kernels/${op}.ts`,
      `src/check/reference/${reference}.ts`,
      `test/kernels/${tested}.test.ts`,
      `src/bench/${bench}.ts`,
    ];
    expect(parts.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});

test('the table names only kernels that exist', () => {
  for (const kernel of Object.keys(HOMES)) expect(kernels).toContain(kernel);
});
