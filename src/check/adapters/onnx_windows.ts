import { conv2d, maxpool2d_with_indices, reshape, type Tensor } from '../../autograd/index.ts';
import { listOf, numberOf, type OnnxNode, unsupported } from './onnx.ts';

interface Windows {
  kernel: [number, number];
  stride: [number, number];
  dilation: [number, number];
  padding: { top: number; bottom: number; left: number; right: number };
}

/** Strides, dilations and padding of a Conv or MaxPool over one or two dimensions; a line is an image of height 1. */
function windowsOf(n: OnnxNode, extents: readonly number[], kernel: readonly number[]): Windows {
  const rank = kernel.length;
  if (rank > 2) throw unsupported(`windows over ${rank} dimensions`);
  const strides = listOf(n.attrs, 'strides') ?? kernel.map(() => 1);
  const dilations = listOf(n.attrs, 'dilations') ?? kernel.map(() => 1);
  const auto = n.attrs.auto_pad ?? 'NOTSET';
  const pads = listOf(n.attrs, 'pads') ?? new Array<number>(2 * rank).fill(0);
  if (auto === 'SAME_UPPER' || auto === 'SAME_LOWER')
    for (let d = 0; d < rank; d++) {
      const out = Math.ceil(extents[d] / strides[d]);
      const total = Math.max(0, (out - 1) * strides[d] + (kernel[d] - 1) * dilations[d] + 1 - extents[d]);
      const less = Math.floor(total / 2);
      pads[d] = auto === 'SAME_UPPER' ? less : total - less;
      pads[d + rank] = total - pads[d];
    }
  const two = (v: readonly number[], otherwise: number): [number, number] =>
    rank === 2 ? [v[0], v[1]] : [otherwise, v[0]];
  const [top, left] = two(pads.slice(0, rank), 0);
  const [bottom, right] = two(pads.slice(rank), 0);
  return {
    kernel: two(kernel, 1),
    stride: two(strides, 1),
    dilation: two(dilations, 1),
    padding: { top, bottom, left, right },
  };
}

/** [N, C, L] as [N, C, 1, L]. */
const asImage = (x: Tensor) => (x.shape.length === 3 ? reshape(x, [...x.shape.slice(0, 2), 1, x.shape[2]]) : x);
const asLine = (y: Tensor, rank: number) => (rank === 3 ? reshape(y, [...y.shape.slice(0, 2), y.shape[3]]) : y);

export function onnxConv(n: OnnxNode): readonly Tensor[] {
  const [x, w] = [n.input(0), n.input(1)];
  if (numberOf(n.attrs, 'group', 1) !== 1) throw unsupported('Conv with groups');
  const { stride, dilation, padding } = windowsOf(n, x.shape.slice(2), w.shape.slice(2));
  return [asLine(conv2d(asImage(x), asImage(w), n.optional(2), { stride, dilation, padding }), x.shape.length)];
}

export function onnxMaxPool(n: OnnxNode): readonly Tensor[] {
  const x = n.input(0);
  const windows = windowsOf(n, x.shape.slice(2), listOf(n.attrs, 'kernel_shape') ?? []);
  const ceilMode = numberOf(n.attrs, 'ceil_mode', 0) === 1;
  const { y } = maxpool2d_with_indices(asImage(x), { ...windows, ceilMode });
  return [asLine(y, x.shape.length)];
}
