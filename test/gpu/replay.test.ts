import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Device, DeviceArray } from '../../src/gpu/index.ts';
import { accumulate, fill } from '../../src/kernels/index.ts';

let device: Device;
beforeAll(async () => {
  device = await Device.create();
});
afterAll(() => device.dispose());

const upload = (values: readonly number[]) => DeviceArray.from(device, Float32Array.from(values), [values.length]);

describe('replay', () => {
  test('equals the plain run, and allocates nothing', async () => {
    const x = upload([1, 2, 3]);
    const body = () => {
      const y = fill(device, [3], 10);
      accumulate(device, y, x);
      accumulate(device, y, y === x ? y : x);
      return y;
    };
    const plain = await device.step(body);
    const replay = await device.record(body);
    expect(replay.dispatches).toBe(3);
    await replay.run();
    expect(await device.read(replay.value)).toEqual(await device.read(plain));
    device.write(x, Float32Array.of(5, 5, 5));
    const { created } = device.memory();
    for (let i = 0; i < 10; i++) await replay.run();
    expect([...(await device.read(replay.value))]).toEqual([20, 20, 20]);
    expect(device.memory().created).toBe(created);
    replay.dispose();
    expect(() => replay.run()).toThrow('replay: already disposed');
    plain.dispose();
    x.dispose();
  });

  test('what others queue while a recording begins is theirs: run at once, and not again', async () => {
    const x = upload([1, 2, 3]);
    const recording = device.record(() => {
      const y = fill(device, [3], 0);
      accumulate(device, y, x);
      return y;
    });
    await null;
    const other = upload([7, 8]);
    const replay = await recording;
    expect([...(await device.read(other))]).toEqual([7, 8]);
    device.write(other, Float32Array.of(9, 9));
    await replay.run();
    expect([...(await device.read(other))]).toEqual([9, 9]);
    expect([...(await device.read(replay.value))]).toEqual([1, 2, 3]);
    replay.dispose();
    for (const t of [x, other]) t.dispose();
  });

  test('memory() counts what a recording reserves; one that fails reserves nothing', async () => {
    await device.trim();
    const before = device.memory();
    const body = () => {
      const between = fill(device, [1000], 1);
      const y = fill(device, [1000], 0);
      accumulate(device, y, between);
      return y;
    };
    const replay = await device.record(body);
    expect(device.memory()).toMatchObject({
      liveBytes: before.liveBytes + 4000,
      pooledBytes: before.pooledBytes + 4000,
    });
    replay.dispose();
    const { liveBytes, pooledBytes, buffers } = before;
    expect(device.memory()).toMatchObject({ liveBytes, pooledBytes, buffers });
    const broken = () => {
      body();
      throw new Error('broken body');
    };
    await expect(device.record(broken)).rejects.toThrow('broken body');
    expect(device.memory()).toMatchObject({ liveBytes, pooledBytes, buffers });
  });

  test('a recording keeps what it binds: its owner may end, and the memory is not given to others', async () => {
    const x = upload([1, 2, 3]);
    const before = device.memory().buffers;
    const replay = await device.record(() => {
      const y = fill(device, [3], 10);
      accumulate(device, y, x);
      return y;
    });
    x.dispose();
    const other = upload([50, 60, 70]);
    await replay.run();
    expect([...(await device.read(replay.value))]).toEqual([11, 12, 13]);
    replay.dispose();
    other.dispose();
    await device.trim();
    expect(device.memory().buffers).toBeLessThanOrEqual(before);
  });

  test('a recording that ends while a run is queued ends after it', async () => {
    const x = upload([1, 2, 3]);
    const replay = await device.record(() => {
      const y = fill(device, [3], 10);
      accumulate(device, x, y);
      return y;
    });
    const run = replay.run();
    replay.dispose();
    replay.dispose();
    await run;
    expect([...(await device.read(x))]).toEqual([11, 12, 13]);
    x.dispose();
  });

  test('trim between steps of others takes nothing from them', async () => {
    const steps = Array.from({ length: 8 }, (_, i) =>
      device.step(() => {
        const y = fill(device, [100 + i], i);
        accumulate(device, y, fill(device, [100 + i], i));
        return y;
      }),
    );
    const [first, ...rest] = steps;
    await Promise.all([device.trim(), first]);
    for (const [i, y] of (await Promise.all([first, ...rest])).entries()) {
      expect((await device.read(y))[0]).toBe(2 * i);
      y.dispose();
    }
  });

  test('a recording holds neither reads nor recordings', async () => {
    await expect(
      device.record(() => {
        void device.flush();
      }),
    ).rejects.toThrow('record: nothing can be read or awaited inside the body');
    // The device goes on.
    const y = await device.step(() => fill(device, [1], 3));
    expect((await device.read(y))[0]).toBe(3);
    y.dispose();
  });
});
