/**
 * The oracle against PyTorch 1.13 in float64. The stored values were rounded once to float32, so the oracle must agree to that rounding: the
 * cases' own tolerances, made for float32 engines, would hide a small mistake.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compare } from '../../src/check/compare.ts';
import { type ConformanceCase, type ConformanceSuite, loadManifest, loadSuite } from '../../src/check/conformance.ts';
import { maxAbs, ndarray } from '../../src/check/reference/index.ts';
import { Arguments, type Result, RUNNERS } from './pytorch.ts';
import { crnn } from './pytorch_crnn.ts';
import { clip, mlp, quadratic, replay } from './pytorch_optim.ts';

const dir = process.env.LEXEL_CONFORMANCE ?? resolve(import.meta.dirname, '../../../shared/conformance');
const present = existsSync(`${dir}/manifest.json`);
if (!present)
  console.warn(`SKIPPED: the comparison with PyTorch, because ${dir}/manifest.json is missing. Set LEXEL_CONFORMANCE.`);

const ALL: Readonly<Record<string, (a: Arguments) => Result>> = {
  ...RUNNERS,
  optimizer_replay: replay,
  optimizer_resume: replay,
  optimizer_quadratic: quadratic,
  optimizer_mlp: mlp,
  clip_grad_norm: clip,
  crnn,
};

function check(c: ConformanceCase): void {
  const got = ALL[c.op](new Arguments(c));
  let compared = 0;
  for (const [name, tensor] of Object.entries(c.tensors)) {
    if (tensor.role !== 'output' && tensor.role !== 'grad') continue;
    if (got[name] === undefined) throw new Error(`${c.id}: the oracle gave no ${name}`);
    expect(got[name].shape, name).toEqual(tensor.shape);
    const size = maxAbs(
      ndarray(
        tensor.shape,
        tensor.data.map((v: number) => (Number.isFinite(v) ? v : 0)),
      ),
    );
    // One published value (warp-ctc's) is older than the set and given with fewer digits.
    const tol = c.tags.includes('published') && tensor.tol ? tensor.tol : { atol: 1e-9 * size + 1e-12, rtol: 2 ** -23 };
    const result = compare(got[name].data, tensor.data, tol);
    expect(result.ok, `${name}: ${JSON.stringify(result)}`).toBe(true);
    compared++;
  }
  expect(compared).toBeGreaterThan(0);
}

describe.runIf(present)('PyTorch', async () => {
  const read = (path: string) => readFile(path);
  const suites: ConformanceSuite[] = [];
  if (present) {
    for (const { suite, kind } of await loadManifest(dir, read)) {
      if (kind === 'tensors') suites.push(await loadSuite(dir, suite, read));
    }
  }
  const cases = suites.flatMap((suite) => suite.cases);
  // A larger set may hold forms that only the GPU runner knows; the shipped sample must run whole.
  const known = cases.filter((c) => c.op in ALL);
  const unknown = [...new Set(cases.filter((c) => !(c.op in ALL)).map((c) => c.op))];
  if (unknown.length > 0) console.warn(`SKIPPED: ops without an oracle runner: ${unknown.join(', ')}`);
  test.each(known.map((c) => ({ id: c.id, c })))('$id', ({ c }) => check(c));
});
