import { conv2d, linear, matmul } from '../../autograd/index.ts';
import type { Adapter } from './adapter.ts';

/** Convolution and matrix products. */
export const heavy: Record<string, Adapter> = {
  conv2d: (t, a) => ({
    y: conv2d(t.x, t.weight ?? t.w, t.bias ?? t.b, {
      stride: a.stride as [number, number] | undefined,
      padding: a.padding as [number, number] | undefined,
      dilation: a.dilation as [number, number] | undefined,
      relu: a.relu === true,
    }),
  }),
  matmul: (t, a) => ({
    y: matmul(t.a, t.b, { transA: a.trans_a === true, transB: a.trans_b === true }),
  }),
  linear: (t, a) => ({ y: linear(t.x, t.weight ?? t.w, t.bias ?? t.b, { relu: a.relu === true }) }),
};
