import { ArgumentError, DeviceArray, linearGrid, ShapeError, showShape } from '../gpu/index.ts';
import { defineOp, need } from './op.ts';
import * as wgsl from './wgsl.gen.ts';

/**
 * Inputs: logits [T, N, C], input lengths i32 [N].
 * Outputs: labels i32 [N, T], starts i32 [N, T], lengths i32 [N], scores [N, 2].
 */
export const ctcGreedyOp = /* @__PURE__ */ defineOp<{ blank: number }>({
  name: 'ctc_greedy',
  forward(device, inputs, { blank }) {
    const logits = need(inputs[0], 'ctc_greedy', 'logits');
    const inputLengths = need(inputs[1], 'ctc_greedy', 'inputLengths');
    if (logits.shape.length !== 3 || logits.dtype !== 'f32')
      throw new ShapeError(`ctc_greedy: logits must be f32 [T, N, C], got ${logits.dtype} ${showShape(logits.shape)}`);
    const [T, N, C] = logits.shape;
    if (inputLengths.size !== N || inputLengths.dtype !== 'i32')
      throw new ShapeError(
        `ctc_greedy: inputLengths must be i32 [${N}], got ${inputLengths.dtype} ${showShape(inputLengths.shape)}`,
      );
    if (!Number.isInteger(blank) || blank < 0 || blank >= C)
      throw new ArgumentError(`ctc_greedy: blank must be a class of 0 to ${C - 1}, got ${blank}`);
    const labels = DeviceArray.empty(device, [N, T], 'i32');
    const starts = DeviceArray.empty(device, [N, T], 'i32');
    const lengths = DeviceArray.empty(device, [N], 'i32');
    const scores = DeviceArray.empty(device, [N, 2]);
    device.launch({
      kernel: wgsl.ctc_greedy,
      arrays: { logits, inputLengths, labels, starts, lengths, scores },
      params: { T, N, C, blank },
      grid: linearGrid(N),
    });
    return { outputs: [labels, starts, lengths, scores] };
  },
});
