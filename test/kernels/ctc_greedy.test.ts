import { afterAll, beforeAll, expect, test } from 'vitest';
import { ctcGreedy } from '../../src/autograd/ops/ctc.ts';
import { Tensor } from '../../src/autograd/tensor.ts';
import { casesOf, expected, makeInputs } from '../../src/check/cases/index.ts';
import { Device } from '../../src/gpu/index.ts';

let device: Device;
beforeAll(async () => {
  device = await Device.create();
});
afterAll(() => device.dispose());

test.each(casesOf('ctc_greedy'))('ctc_greedy $name: labels, lengths, starts and scores', async (c) => {
  const inputs = makeInputs(c);
  const ref = expected(c, inputs);
  const out = await device.step(() =>
    ctcGreedy(
      Tensor.from(device, Float32Array.from(inputs.logits.data), inputs.logits.shape),
      Int32Array.from(inputs.input_lengths.data),
      { blank: c.attrs.blank as number },
    ),
  );
  expect([...(await out.labels.read())]).toEqual([...ref.outputs.labels.data]);
  expect([...(await out.lengths.read())]).toEqual([...ref.outputs.lengths.data]);
  const [T, N, C] = inputs.logits.shape;
  const [labels, starts, scores] = await Promise.all([out.labels.read(), out.starts.read(), out.scores.read()]);
  for (let n = 0; n < N; n++) {
    let sum = 0;
    let least = 0;
    for (let t = 0; t < inputs.input_lengths.data[n]; t++) {
      const row = inputs.logits.data.subarray((t * N + n) * C, (t * N + n + 1) * C);
      const most = Math.max(...row);
      const logp = -Math.log(row.reduce((s, x) => s + Math.exp(x - most), 0));
      sum += logp;
      least = Math.min(least, logp);
    }
    expect(scores[2 * n]).toBeCloseTo(sum, 3);
    expect(scores[2 * n + 1]).toBeCloseTo(least, 5);
    for (let i = 0; i < T; i++) {
      const label = labels[n * T + i];
      const start = starts[n * T + i];
      if (label === -1) expect(start).toBe(-1);
      else {
        const row = inputs.logits.data.subarray((start * N + n) * C, (start * N + n + 1) * C);
        expect(row[label]).toBe(Math.max(...row));
      }
    }
  }
  for (const t of Object.values(out)) t.dispose();
});
