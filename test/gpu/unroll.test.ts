/** Loops over register tiles, unrolled in the text for drivers that keep such tiles in memory. */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { Device } from '../../src/gpu/index.ts';
import { specialise } from '../../src/gpu/pipelines.ts';
import { unroll } from '../../src/gpu/unroll.ts';
import { KERNELS } from '../../src/kernels/index.ts';

const main = (body: string) => `const ROWS = 2u;\nconst COLS = 2u;\nfn main() {\n${body}\n}\n`;
const tidy = (code: string) => code.replace(/\s+/g, ' ');
const bodyOf = (code: string) => tidy(unroll(main(code))).replace(/^.*fn main\(\) \{ | \} $/g, '');

test('a loop to a constant becomes copies with a literal index, and its array scalars', () => {
  expect(bodyOf('var a: array<f32, ROWS>;\nfor (var r = 0u; r < ROWS; r++) {a[r] = f32(r);}')).toBe(
    'var a_0: f32; var a_1: f32; {a_0 = f32(0u);} {a_1 = f32(1u);}',
  );
});

test('nested loops over a tile of two dimensions', () => {
  const code =
    'var a: array<array<f32, COLS>, ROWS>;\nfor (var r = 1u; r < ROWS; r++) {for (var c = 0u; c < COLS; c++) {a[r][c] += p.r;}}';
  expect(bodyOf(code)).toBe(
    'var a_0_0: f32; var a_0_1: f32; var a_1_0: f32; var a_1_1: f32; {{a_1_0 += p.r;} {a_1_1 += p.r;} }',
  );
});

test('a loop to a parameter stays, and so does an array indexed by it', () => {
  const code = 'var a: array<f32, ROWS>; for (var r = 0u; r < params.n; r++) {a[r] = 1.0;}';
  expect(bodyOf(code)).toBe(code);
});

test('an array handed on by pointer stays an array', () => {
  expect(bodyOf('var a: array<f32, ROWS>; for (var r = 0u; r < ROWS; r++) {a[r] = 0.0;} use(&a);')).toBe(
    'var a: array<f32, ROWS>; {a[0u] = 0.0;} {a[1u] = 0.0;} use(&a);',
  );
});

test('a loop that breaks, a longer one, and one that hides its index stay', () => {
  for (const code of [
    'for (var r = 0u; r < ROWS; r++) {if (x) {break;}}',
    'for (var r = 0u; r < 33u; r++) {x += r;}',
    'for (var r = 0u; r < ROWS; r++) {let r = 1u;}',
  ])
    expect(bodyOf(code)).toBe(code);
});

test('arrays of the same name in two blocks are told apart', () => {
  expect(bodyOf('{var v: array<u32, ROWS>; v[1u] = 1u;} {var v: array<u32, ROWS>; v[i] = 1u;}')).toBe(
    '{var v_0: u32; var v_1: u32; v_1 = 1u;} {var v: array<u32, ROWS>; v[i] = 1u;}',
  );
});

test('a shuffle from a literal lane becomes a broadcast', () => {
  expect(bodyOf('for (var j = 0u; j < ROWS; j++) {x = subgroupShuffle(u, j);}')).toBe(
    '{x = subgroupBroadcast(u, 0u);} {x = subgroupBroadcast(u, 1u);}',
  );
});

test('so does one whose lane is an expression of literals and constants of the module', () => {
  const shuffled = (lane: string) => bodyOf(`x = subgroupShuffle(u, ${lane});`);
  const kept = (lane: string) => `x = subgroupShuffle(u, ${lane});`;
  for (const lane of ['ROWS', 'A_LINES * (3u / 4u) + (1u - A_LINES) * (3u % 8u)', '(ROWS + 1u) % COLS'])
    expect(shuffled(lane)).toBe(`x = subgroupBroadcast(u, ${lane});`);
  // With a variable in it, a call, or an element of an array it may differ from lane to lane.
  for (const lane of ['r', 'ROWS * r', 'Rows', 'params.LANE', 'f(1u)', 'table[ROWS]', 'lane ^ 1u'])
    expect(shuffled(lane)).toBe(kept(lane));
});

test('and a loop over such lanes', () => {
  expect(bodyOf('for (var r = 0u; r < ROWS; r++) {let s = subgroupShuffle(held, ROWS * (r / 4u) + r % 8u);}')).toBe(
    '{let s = subgroupBroadcast(held, ROWS * (0u / 4u) + 0u % 8u);} {let s = subgroupBroadcast(held, ROWS * (1u / 4u) + 1u % 8u);}',
  );
});

let device: Device;
beforeAll(async () => {
  device = await Device.create();
});
afterAll(() => device.dispose());

test.each(Object.values(KERNELS))('$name is still WGSL when unrolled', async (kernel) => {
  if (kernel.subgroups && device.adapter.subgroupSize === 0) return;
  const small = Object.fromEntries(['ROWS', 'COLS'].filter((n) => kernel.consts.includes(n)).map((n) => [n, 4]));
  for (const consts of [{}, small]) {
    const code = unroll(specialise(kernel, { consts }));
    device.raw.pushErrorScope('validation');
    const module = device.raw.createShaderModule({ code });
    const { messages } = await module.getCompilationInfo();
    await device.raw.popErrorScope();
    expect(messages.filter((m) => m.type === 'error').map((m) => m.message)).toEqual([]);
  }
});
