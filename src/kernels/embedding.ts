import { ceilDiv, DeviceArray, linearGrid, ShapeError, showShape } from '../gpu/index.ts';
import { type Backward, defineOp, need } from './op.ts';
import { BLOCK, needDtype } from './walk.ts';
import * as wgsl from './wgsl.gen.ts';

export const embedding = /* @__PURE__ */ defineOp<Record<string, never>>({
  name: 'embedding',
  forward(device, inputs) {
    const ids = need(inputs[0], 'embedding', 'ids');
    const w = need(inputs[1], 'embedding', 'w');
    needDtype('embedding', 'ids', ids, 'i32');
    if (w.dtype !== 'f16') needDtype('embedding', 'w', w, 'f32');
    if (w.shape.length !== 2) throw new ShapeError(`embedding: w must be [rows, width], got ${showShape(w.shape)}`);
    const [rows, width] = w.shape;
    const y = DeviceArray.empty(device, [...ids.shape, width]);
    if (rows === 0) device.clear(y);
    else
      device.launch({
        kernel: wgsl.embedding,
        arrays: { ids, w, y },
        params: { n: y.size, rows, width },
        grid: linearGrid(ceilDiv(y.size, BLOCK)),
      });
    return { outputs: [y] };
  },
});

export const embeddingBackward: Backward<Record<string, never>> = ({ device, inputs, dy, needs, grad }) => {
  if (!needs[1]) return [undefined, undefined];
  const ids = need(inputs[0], 'embedding', 'ids');
  const dw = grad(1);
  const [rows, width] = dw.shape;
  if (ids.size === 0) device.clear(dw);
  else
    device.launch({
      kernel: wgsl.embedding_backward,
      arrays: { ids, dy: need(dy[0], 'embedding', 'dy'), dw },
      params: { n: ids.size, rows, width },
      grid: linearGrid(width === 0 ? 0 : rows),
    });
  return [undefined, dw];
};
