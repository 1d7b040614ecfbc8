import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { matmul, Tensor } from '../../src/autograd/index.ts';
import { profileText } from '../../src/cli/train-profile.ts';
import { Device, type Replay } from '../../src/gpu/index.ts';

let device: Device;
beforeEach(async () => {
  device = await Device.create();
});
afterEach(() => device.dispose());

/** Two products, the second of which has eight times the work, and one that belongs to no part. */
async function recorded(): Promise<Replay<Tensor[]>> {
  const [a, b] = [64, 128].map((n) => Tensor.from(device, new Float32Array(n * n).fill(1), [n, n]));
  return device.record(() => {
    device.mark('small');
    const x = matmul(a, a);
    device.mark('large');
    const y = matmul(b, b);
    device.mark('');
    return [x, y, matmul(b, b)];
  });
}

describe.each([true, false])('a profile, timestamps: %s', (timestamps) => {
  test('times each part of a recording, and changes no result', async () => {
    const profile = device.startProfile(timestamps);
    if (!timestamps) expect(profile.clock).toBe('host');
    const replay = await recorded();
    for (let i = 0; i < 5; i++) await replay.run();
    await device.finish();
    const times = await profile.read();
    expect([...times.keys()].sort()).toEqual(['large', 'small']);
    for (const ms of times.values()) expect(ms).toBeGreaterThan(0);
    expect((times.get('large') ?? 0) > 0 && (times.get('large') ?? 0) < 60_000).toBe(true);
    const before = times.get('large') ?? 0;
    await replay.run();
    await device.finish();
    // Sums since the start, not since the last read.
    expect((await profile.read()).get('large')).toBeGreaterThan(before);
    const [x, y] = await Promise.all(replay.value.map((t) => t.read()));
    expect([x[0], y[0]]).toEqual([64, 128]);
    replay.dispose();
  });
});

test('passes beyond its room are counted as lost, and reading makes room again', async () => {
  const profile = device.startProfile();
  if (profile.clock !== 'gpu') return;
  profile.mark('many');
  for (let i = 0; i < 2050; i++) profile.pass();
  expect(profile.lost).toBe(2);
});

test('without a profile a mark is nothing', async () => {
  expect(device.profile).toBeUndefined();
  const replay = await recorded();
  await replay.run();
  expect((await replay.value[0].read())[0]).toBe(64);
  expect(replay.dispatches).toBe(3);
  replay.dispose();
});

test('the summary: parts, shares, and what is left', () => {
  const times = new Map([
    ['upload', 500],
    ['forward', 2000],
    ['backward', 4000],
    ['optimiser', 250],
  ]);
  const spent = { data: 1, first: 2, steps: 7, validation: 3, checkpoints: 1 };
  expect(profileText(times, spent, { clock: 'gpu', lost: 0 })).toBe(
    [
      'where the 10.00 s of the steps went (timestamps of the GPU):',
      '  data wait        1.00 s   10.0 %',
      '  upload           0.50 s    5.0 %',
      '  forward          2.00 s   20.0 %',
      '  backward         4.00 s   40.0 %',
      '  optimiser        0.25 s    2.5 %',
      '  rest             2.25 s   22.5 %\n',
    ].join('\n'),
  );
  expect(profileText(new Map(), spent, { clock: 'host', lost: 3 })).toMatch(
    /the host's clock; the GPU has no timestamps[\s\S]*3 passes found no place and are missing above\n$/,
  );
});
