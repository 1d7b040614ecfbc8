/** The text of a kernel whose weights lie in 16 bits: what it loads of them becomes f32 at once. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withHalfWeights } from '../../src/gpu/half-weights.ts';
import { Device, ShaderError } from '../../src/gpu/index.ts';
import { specialise } from '../../src/gpu/pipelines.ts';
import { unroll } from '../../src/gpu/unroll.ts';
import { KERNELS } from '../../src/kernels/index.ts';

let device: Device;
beforeAll(async () => {
  device = await Device.create();
});
afterAll(() => device.dispose());

const BINDING = '@group(0) @binding(1) var<storage, read> w: array<f32>;';

describe('small texts', () => {
  test('the binding and every value', () => {
    expect(withHalfWeights('k', `${BINDING}\nlet a = w[i] * w[i + 1u];`)).toBe(
      'enable f16;\n@group(0) @binding(1) var<storage, read> w: array<f16>;\nlet a = f32(w[i]) * f32(w[i + 1u]);',
    );
  });

  test('values four at a time', () => {
    expect(withHalfWeights('k', 'var<storage,read> w : array<vec4f>;\nv = w[i].x + w[i][3];')).toBe(
      'enable f16;\nvar<storage,read> w : array<vec4<f16>>;\nv = vec4f(w[i]).x + vec4f(w[i])[3];',
    );
  });

  test('an index that is an element itself, or a call', () => {
    const body = (text: string) => withHalfWeights('k', `${BINDING}\n${text}`).split('\n')[2];
    expect(body('v = w[from[q] + k * step];')).toBe('v = f32(w[from[q] + k * step]);');
    expect(body('v = w[select(0u, at(i, j), known)];')).toBe('v = f32(w[select(0u, at(i, j), known)]);');
  });

  test('other names that end or begin with w stay, and so do other bindings', () => {
    const code = `${BINDING}\n@group(0) @binding(2) var<storage, read> dw: array<f32>;\nx = dw[i] + w0[i] + s.w + row;`;
    expect(withHalfWeights('k', code)).toBe(`enable f16;\n${code.replace('w: array<f32>', 'w: array<f16>')}`);
  });

  test('before other extensions that are enabled', () => {
    expect(withHalfWeights('k', `enable subgroups;\n${BINDING}`)).toMatch(/^enable f16;\nenable subgroups;\n/);
  });

  test.each([
    ['no weights', 'var<storage, read> x: array<f32>;'],
    ['weights that are written', 'var<storage, read_write> w: array<f32>;'],
    ['weights of another kind', 'var<storage, read> w: array<u32>;'],
  ])('%s: refused', (_, code) => {
    expect(() => withHalfWeights('some_kernel', code)).toThrow(ShaderError);
    expect(() => withHalfWeights('some_kernel', code)).toThrow('some_kernel: w cannot be f16');
  });
});

const reading = Object.values(KERNELS).filter((k) => k.bindings.some((b) => b.name === 'w' && b.access === 'read'));

describe.each(reading)('$name', (kernel) => {
  test.each([
    ['as it is', (code: string) => code],
    ['unrolled', unroll],
  ])('%s', async (_, changed) => {
    const rest = 'rest' in kernel ? ((await kernel.rest?.()) ?? '') : '';
    const code = withHalfWeights(kernel.name, changed(specialise(kernel, undefined) + rest));
    const bare = code.replace(/\/\/.*$/gm, '').match(/^.*(?<!\b(?:f32|vec4f)\()\bw\[.*$|^.*&w\b.*$/gm);
    expect(bare).toBeNull();
    expect(code).toMatch(/\b(f32|vec4f)\(w\[/);
    expect(code).toMatch(/var<storage, ?read> ?w: ?array<(f16|vec4<f16>)>;/);
    if (!device.raw.features.has('shader-f16') || (kernel.subgroups && device.adapter.subgroupSize === 0)) return;
    device.raw.pushErrorScope('validation');
    const { messages } = await device.raw.createShaderModule({ code }).getCompilationInfo();
    await device.raw.popErrorScope();
    expect(messages.filter((m) => m.type === 'error').map((m) => m.message)).toEqual([]);
  });
});

test('kernels that read weights are those of products, convolutions, tables and recurrent layers', () => {
  const ops = new Set(reading.map((k) => k.name.split('_')[0]));
  expect([...ops].sort()).toEqual(['conv2d', 'embedding', 'gru', 'lstm', 'matmul']);
});

test.each(Object.values(KERNELS).filter((k) => !reading.includes(k)))('$name has none', async (kernel) => {
  const rest = 'rest' in kernel ? ((await kernel.rest?.()) ?? '') : '';
  expect(() => withHalfWeights(kernel.name, kernel.code + rest)).toThrow(`${kernel.name}: w cannot be f16`);
});
