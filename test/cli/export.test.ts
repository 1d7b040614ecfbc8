import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readSafetensors, writeSafetensors } from '../../src/nn/index.ts';
import { lexel } from './lexel.ts';

const folder = mkdtempSync(join(tmpdir(), 'lexel-export-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const words = new URL('../fixtures/words/', import.meta.url).pathname;
const torch = join(folder, 'torch.safetensors');

describe('lexel export', () => {
  test("a model goes to PyTorch's layout and back, and reads the same", async () => {
    const there = await lexel(['export', 'word-small', '--layout', 'pytorch', '--out', torch]);
    expect(there.code, there.stderr).toBe(0);
    const file = readSafetensors(readFileSync(torch), torch);
    expect(file.metadata).toEqual({ format: 'pt' });
    expect([...file.tensors.keys()]).toContain('rnn.weight_hh_l0_reverse');
    expect([...file.tensors.keys()]).toContain('stem.norm.running_var');
    // PyTorch has a second bias; this network's is zero.
    expect(file.tensors.get('rnn.bias_hh_l0')?.data.every((v) => v === 0)).toBe(true);

    const back = join(folder, 'back.safetensors');
    const here = await lexel(['export', torch, '--config', 'word-small', '--name', 'mine', '--out', back]);
    expect(here.code, here.stderr).toBe(0);
    const { code, stdout, stderr } = await lexel(['eval', words, '--model', back, '--json']);
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ model: 'mine', images: 6, wordAccuracy: 1 });
  });

  test('averages weights, tensor by tensor, of one network only', async () => {
    const file = readSafetensors(readFileSync(torch), torch);
    const other = new Map([...file.tensors].map(([k, t]) => [k, { ...t, data: t.data.map((v) => v + 0.5) }]));
    const shifted = join(folder, 'shifted.safetensors');
    writeFileSync(shifted, writeSafetensors({ tensors: other, metadata: {} }));
    const mean = join(folder, 'mean.safetensors');
    const { code, stderr } = await lexel([
      'export',
      'word-small',
      '--average',
      shifted,
      '--average',
      shifted,
      '--out',
      mean,
      '--layout',
      'pytorch',
    ]);
    expect(code, stderr).toBe(0);
    const got = readSafetensors(readFileSync(mean), mean).tensors;
    // A third of the weights, two thirds of those and a half.
    for (const name of ['stem.conv.weight', 'head.bias', 'rnn.weight_hh_l0', 'conv6.norm.running_var']) {
      const want = file.tensors.get(name)?.data ?? [];
      expect(want.length, name).toBeGreaterThan(0);
      want.forEach((v, i) => {
        expect(got.get(name)?.data[i], name).toBeCloseTo(v + 1 / 3, 5);
      });
    }
    const misfit = await lexel(['export', 'word-small', '--average', 'line-small', '--out', mean]);
    expect(misfit.code).toBe(2);
    expect(misfit.stderr).toContain('export: line-small: expected head.weight to be [37, 256], got [96, 256]');
  });

  test('weights alone do not say what they are for', async () => {
    const { code, stderr } = await lexel(['export', torch, '--out', join(folder, 'x.safetensors')]);
    expect(code).toBe(2);
    expect(stderr).toContain(`${torch}: holds weights alone, without the model they are for. Name it with --config`);
  });

  test('a state_dict of another network names the first tensor that it lacks', async () => {
    const part = join(folder, 'part.safetensors');
    const { tensors } = readSafetensors(readFileSync(torch), torch);
    tensors.delete('head.bias');
    writeFileSync(part, writeSafetensors({ tensors, metadata: {} }));
    const { code, stderr } = await lexel(['export', part, '--config', 'word-small', '--out', join(folder, 'x')]);
    expect(code).toBe(2);
    expect(stderr).toContain('weights: head.bias is missing. Name the layers as the exported file does');
  });

  test('a folder without weights is said', async () => {
    const { code, stderr } = await lexel(['export', folder, '--out', join(folder, 'x.safetensors')]);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /last\.ckpt\.safetensors: cannot be read\. Give a \.safetensors file, a run folder, or a model/,
    );
  });
});
