import { ArgumentError, ceilDiv, DeviceArray, linearGrid, UnsupportedError } from '../gpu/index.ts';
import { defineOp, need } from './op.ts';
import * as wgsl from './wgsl.gen.ts';

/** Input x, f32 of any shape; output the same values as f16. For inference: no gradient. */
export const half = /* @__PURE__ */ defineOp<Record<string, never>>({
  name: 'half',
  forward(device, inputs) {
    const x = need(inputs[0], 'half', 'x');
    if (x.dtype !== 'f32') throw new ArgumentError(`half: x must be f32, got ${x.dtype}`);
    if (!device.raw.features.has('shader-f16'))
      throw new UnsupportedError(`half: ${device.adapter.description} has no 16-bit floats`, {
        hint: 'It needs the WebGPU feature shader-f16.',
      });
    const y = DeviceArray.empty(device, x.shape, 'f16');
    device.launch({
      kernel: wgsl.half,
      arrays: { x, y },
      params: { n: x.size },
      grid: linearGrid(ceilDiv(x.size, 128)),
    });
    return { outputs: [y] };
  },
});
