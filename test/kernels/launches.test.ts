/** Which shaders an op launches, forward and backward, in each variant: a kernel that falls out of use, or is launched by the wrong op, shows here. */

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { selectCases } from '../../src/bench/index.ts';
import { Device } from '../../src/gpu/index.ts';
import { forceVariant, KERNELS, VARIANTS, type VariantName, variantsOf } from '../../src/kernels/index.ts';

/** Names in a row; several rows where an op's shapes take different ways. */
type Ways = readonly string[];

/** Ops whose kernels have no variants: the same in all of them. */
const PLAIN: Readonly<Record<string, Ways>> = {
  'maxpool2d forward': ['maxpool2d', 'maxpool2d_tiles'],
  'maxpool2d backward': ['maxpool2d_backward', 'maxpool2d_tiles_backward'],
  'batchnorm2d forward': ['batchnorm2d batchnorm2d_finish batchnorm2d_stats'],
  'batchnorm2d backward': ['batchnorm2d_backward batchnorm2d_backward_finish batchnorm2d_backward_sums'],
  'fold_batchnorm forward': ['fold_batchnorm'],
  'layernorm forward': ['layernorm'],
  'layernorm backward': ['layernorm_backward_w layernorm_backward_x sum'],
  'recurrent_pack forward': ['recurrent_pack'],
  'ctc forward': ['ctc ctc_reduce'],
  'ctc backward': ['ctc_backward'],
  'ctc_greedy forward': ['ctc_greedy'],
  'softmax forward': ['softmax'],
  'softmax backward': ['softmax_backward'],
  'argmax forward': ['argmax'],
  'argmax backward': ['argmax_backward'],
  'pick forward': ['pick'],
  'pick backward': ['argmax_backward'],
  'unary forward': ['unary'],
  'unary backward': ['unary_backward'],
  'binary forward': ['binary'],
  'binary backward': ['binary reduce', 'strided_copy'],
  'relu_mask backward': ['relu_mask'],
  'reduce forward': ['reduce'],
  'reduce backward': ['strided_copy'],
  'sum forward': ['sum'],
  'strided_copy forward': ['strided_copy'],
  'strided_copy backward': ['strided_copy'],
  'embedding forward': ['embedding'],
  'embedding backward': ['embedding_backward'],
  'dropout forward': ['dropout', 'dropout_mask'],
  'dropout backward': ['dropout'],
  'fill forward': ['fill'],
  'accumulate forward': ['accumulate'],
  'adam forward': ['adam'],
  'sgd forward': ['sgd'],
  'ema forward': ['ema'],
  'grad_norm forward': ['grad_norm grad_norm_total'],
  'grad_clip forward': ['grad_clip'],
  'half forward': ['half'],
};

/** The others; recurrent layers walk portably where the products around them pass through workgroup memory. */
const VARIED: Readonly<Record<VariantName, Readonly<Record<string, Ways>>>> = {
  portable: {
    'matmul forward': ['matmul'],
    'matmul backward_x': ['matmul'],
    'matmul backward_w': ['matmul'],
    'linear forward': ['matmul'],
    'linear backward': ['matmul relu_mask sum'],
    'conv2d forward': ['conv2d'],
    'conv2d backward_x': ['conv2d_backward_x'],
    'conv2d backward_w': ['conv2d_backward_w sum'],
    'conv2d backward': ['conv2d_backward_w conv2d_backward_x sum'],
    'lstm forward': ['lstm matmul recurrent_pack'],
    'lstm backward': ['accumulate lstm_backward matmul recurrent_pack sum'],
    'gru forward': ['gru matmul recurrent_pack'],
    'gru backward': ['accumulate gru_backward matmul recurrent_pack sum'],
  },
  workgroup: {
    'matmul forward': ['matmul_workgroup'],
    'matmul backward_x': ['matmul_workgroup'],
    'matmul backward_w': ['matmul_workgroup'],
    'linear forward': ['matmul_workgroup'],
    'linear backward': ['matmul_workgroup relu_mask sum'],
    'conv2d forward': ['conv2d_workgroup'],
    'conv2d backward_x': ['conv2d_backward_x_workgroup'],
    'conv2d backward_w': ['conv2d_backward_w_workgroup sum'],
    'conv2d backward': ['conv2d_backward_w_workgroup conv2d_backward_x_workgroup sum'],
    'lstm forward': ['lstm matmul_workgroup recurrent_pack'],
    'lstm backward': ['accumulate lstm_backward matmul_workgroup recurrent_pack sum'],
    'gru forward': ['gru matmul_workgroup recurrent_pack'],
    'gru backward': ['accumulate gru_backward matmul_workgroup recurrent_pack sum'],
  },
  subgroup: {
    'matmul forward': ['matmul_subgroup'],
    'matmul backward_x': ['matmul_subgroup'],
    'matmul backward_w': ['matmul_subgroup'],
    'linear forward': ['matmul_subgroup'],
    'linear backward': ['matmul_subgroup relu_mask sum'],
    'conv2d forward': ['conv2d_subgroup'],
    'conv2d backward_x': ['conv2d_backward_x_subgroup'],
    'conv2d backward_w': ['conv2d_backward_w_subgroup sum'],
    'conv2d backward': ['conv2d_backward_w_subgroup conv2d_backward_x_subgroup sum'],
    'lstm forward': ['lstm_subgroup matmul_subgroup recurrent_pack'],
    'lstm backward': ['accumulate lstm_backward_subgroup matmul_subgroup recurrent_pack sum'],
    'gru forward': ['gru_subgroup matmul_subgroup recurrent_pack'],
    'gru backward': ['accumulate gru_backward_subgroup matmul_subgroup recurrent_pack sum'],
  },
};

let device: Device;
beforeAll(async () => {
  device = await Device.create();
});
afterEach(() => forceVariant(device, undefined));
afterAll(() => device.dispose());

describe.each(VARIANTS)('%s', (variant) => {
  test('every op launches its own shaders, forward and backward', async () => {
    // Without subgroups that variant falls back to the portable one.
    forceVariant(device, variant);
    const able = variantsOf(device).includes(variant);
    const ways = new Map<string, Set<string>>();
    const halves = device.raw.features.has('shader-f16');
    for (const bench of selectCases('tiny').filter((c) => halves || c.op !== 'half')) {
      const run = bench.setup(device);
      const recording = await device.record(run.run);
      const name = `${bench.op} ${bench.pass}`;
      const row = [...recording.kernels().keys()].sort().join(' ');
      ways.set(name, (ways.get(name) ?? new Set()).add(row));
      recording.dispose();
      run.dispose();
    }
    const got = Object.fromEntries([...ways].map(([name, rows]) => [name, [...rows].sort()]));
    const { 'half forward': half, ...plain } = PLAIN;
    expect(got).toEqual({
      ...plain,
      ...(halves ? { 'half forward': half } : {}),
      ...VARIED[able ? variant : 'portable'],
    });
  });
});

test('the tables name every shader there is, and no other', () => {
  const tables = [PLAIN, ...Object.values(VARIED)];
  const named = tables.flatMap((t) => Object.values(t).flatMap((rows) => rows.flatMap((row) => row.split(' '))));
  // Blocks of pixels and products in fours need sizes that fill them: conv2d.test.ts, matmul.test.ts.
  expect([...new Set([...named, 'conv2d_tiles', 'lstm_tiles', 'matmul_tiles'])].sort()).toEqual(
    Object.keys(KERNELS).sort(),
  );
});
