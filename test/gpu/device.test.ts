import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { create, globals } from 'webgpu';
import {
  ArgumentError,
  ceilDiv,
  Device,
  DeviceArray,
  DeviceLostError,
  DisposedError,
  type KernelSource,
  linearGrid,
  NoWebGpuError,
  OutOfMemoryError,
  ShaderError,
  ShapeError,
} from '../../src/gpu/index.ts';
import { accumulate, fill, KERNELS } from '../../src/kernels/index.ts';

let device: Device;
beforeAll(async () => {
  device = await Device.create();
});
afterAll(() => device.dispose());

const upload = (values: readonly number[], d = device) =>
  DeviceArray.from(d, Float32Array.from(values), [values.length]);

describe('steps', () => {
  test('what is returned lives, the rest ends with the step', async () => {
    let inner: DeviceArray | undefined;
    const kept = await device.step(() => {
      inner = upload([1, 2]);
      const y = upload([3, 4]);
      accumulate(device, y, inner);
      return { y, list: [upload([9])] };
    });
    expect([...(await device.read(kept.y))]).toEqual([4, 6]);
    expect([...(await device.read(kept.list[0]))]).toEqual([9]);
    expect(inner?.disposed).toBe(true);
    expect(() => inner?.buffer).toThrow(DisposedError);
    expect(() => inner?.buffer).toThrow('tensor: [2] was used after its end');
    kept.y.dispose();
    kept.list[0].dispose();
    kept.y.dispose();
  });

  test('a body that throws leaves nothing behind', async () => {
    const before = device.memory();
    const failing = device.step(() => {
      upload([1, 2, 3]);
      throw new ArgumentError('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(device.memory().liveBytes).toBe(before.liveBytes);
  });

  test('an asynchronous body is refused', async () => {
    const body = (async () => undefined) as () => unknown;
    await expect(device.step(body)).rejects.toThrow('step: the body returned a promise; it must be synchronous');
  });

  test('a view keeps its memory alive, and shares it', async () => {
    const whole = upload([...Array(128).keys()]);
    const half = whole.view([64], 256);
    whole.dispose();
    expect((await device.read(half))[0]).toBe(64);
    const { liveBytes } = device.memory();
    half.dispose();
    expect(device.memory().liveBytes).toBe(liveBytes - 512);
  });
});

describe('order', () => {
  test('host writes act between the launches around them', async () => {
    const x = upload([1]);
    const y = DeviceArray.zeros(device, [1]);
    for (let i = 0; i < 5; i++) {
      device.write(x, Float32Array.of(10 ** i));
      accumulate(device, y, x);
    }
    expect((await device.read(y))[0]).toBe(11_111);
    x.dispose();
    y.dispose();
  });

  test('a write keeps the values it was given', async () => {
    const values = Float32Array.of(1, 2);
    const x = DeviceArray.from(device, values, [2]);
    values.fill(7);
    expect([...(await device.read(x))]).toEqual([1, 2]);
    x.dispose();
  });

  test('more launches than the ring of params has slots', async () => {
    const one = upload([1]);
    const y = DeviceArray.zeros(device, [1]);
    const before = device.stats();
    for (let i = 0; i < 5000; i++) accumulate(device, y, one);
    expect((await device.read(y))[0]).toBe(5000);
    const after = device.stats();
    expect(after.dispatches - before.dispatches).toBe(5000);
    expect(after.submits - before.submits).toBe(3);
    one.dispose();
    y.dispose();
  });

  test('copies, also within one buffer', async () => {
    const both = DeviceArray.from(
      device,
      Float32Array.from({ length: 128 }, (_, i) => i),
      [128],
    );
    const [a, b] = [both.view([64]), both.view([64], 256)];
    device.copy(a, b);
    device.copy(a, a);
    expect([...(await device.read(both))]).toEqual([...Array(64).keys(), ...Array(64).keys()]);
    for (const t of [a, b, both]) t.dispose();
  });

  test('int32 and uint32 come back as such; empty arrays too', async () => {
    const i = DeviceArray.from(device, Int32Array.of(-5, 7), [2]);
    const u = DeviceArray.from(device, Uint32Array.of(2 ** 32 - 1), [1]);
    const none = DeviceArray.empty(device, [0, 3]);
    expect(await device.read(i)).toEqual(Int32Array.of(-5, 7));
    expect(await device.read(u)).toEqual(Uint32Array.of(2 ** 32 - 1));
    expect(await device.read(none)).toEqual(new Float32Array(0));
    for (const t of [i, u, none]) t.dispose();
  });
});

describe('errors', () => {
  test('memory that is refused fails the next submit alone', async () => {
    const own = await Device.create();
    const { GPUOutOfMemoryError } = globals as { GPUOutOfMemoryError: new (message: string) => GPUError };
    const error = new GPUOutOfMemoryError('no room\nat all');
    own.raw.dispatchEvent(Object.assign(new Event('uncapturederror'), { error }));
    const y = fill(own, [2], 3);
    await expect(own.read(y)).rejects.toMatchObject({
      code: 'OUT_OF_MEMORY',
      message: 'device: out of memory: no room',
      hint: 'Use a smaller batch or image.',
    });
    const again = fill(own, [2], 4);
    expect([...(await own.read(again))]).toEqual([4, 4]);
    own.dispose();
  });

  test('a shape that holds another number of values', () => {
    const make = () => DeviceArray.from(device, new Float32Array(5), [2, 3]);
    expect(make).toThrow(ShapeError);
    expect(make).toThrow('tensor: shape [2, 3] holds 6 values, got 5');
  });

  test('a tensor larger than a binding', () => {
    const make = () => DeviceArray.empty(device, [2 ** 40]);
    expect(make).toThrow(OutOfMemoryError);
    expect(make).toThrow(/^device: a tensor of 4398046511104 bytes was asked for, this adapter binds at most \d+$/);
  });

  test('a grid past 65,535 workgroups', () => {
    const launch = () =>
      device.launch({ kernel: KERNELS.fill, arrays: {}, params: { n: 1, value: 0 }, grid: [65_536, 1, 1] });
    expect(launch).toThrow('fill: grid 65536 x 1 x 1 exceeds 65535 workgroups a dimension');
    expect(linearGrid(65_536)).toEqual([32_768, 2, 1]);
  });

  test('an empty grid launches nothing', async () => {
    const { dispatches } = device.stats();
    const y = await device.step(() => fill(device, [0], 1));
    expect(device.stats().dispatches).toBe(dispatches);
    y.dispose();
  });

  test('a shader that does not compile is named, with line and text', async () => {
    const own = await Device.create();
    const broken: KernelSource = {
      ...KERNELS.fill,
      name: 'broken',
      code: KERNELS.fill.code.replace('params.value;', 'params.nonesuch;'),
    };
    const line = broken.code.split('\n').findIndex((l) => l.includes('nonesuch')) + 1;
    const run = own.step(() => {
      const y = DeviceArray.empty(own, [1]);
      own.launch({ kernel: broken, arrays: { y }, params: { n: 1, value: 1 }, grid: [1, 1, 1] });
    });
    await expect(run).rejects.toThrow(ShaderError);
    await expect(run).rejects.toThrow(
      new RegExp(
        `^broken: the shader \\(broken\\) did not compile: line ${line}: .*nonesuch.* in "y\\[i\\]=params.nonesuch;"$`,
      ),
    );
    own.dispose();
  });

  test('a variant of a constant that the shader lacks', async () => {
    const own = await Device.create();
    const run = own.warmup([{ kernel: KERNELS.fill, variant: { consts: { TILE: 3 } } }]);
    await expect(run).rejects.toThrow('fill: variant sets const TILE, which the shader does not declare');
    own.dispose();
  });
});

describe('ends', () => {
  test('a lost device rejects everything with one typed error', async () => {
    const own = await Device.create();
    const x = upload([1], own);
    await own.finish();
    own.raw.destroy();
    await own.raw.lost;
    await expect(own.read(x)).rejects.toThrow(DeviceLostError);
    await expect(own.step(() => fill(own, [1], 1))).rejects.toThrow(/^device: lost \(destroyed\)/);
    await expect(own.finish()).rejects.toThrow(DeviceLostError);
  });

  test('a device that its owner disposed says so', async () => {
    const own = await Device.create();
    own.dispose();
    own.dispose();
    await expect(own.step(() => undefined)).rejects.toThrow('device: already disposed');
    expect(() => upload([1], own)).toThrow(DisposedError);
  });

  test('a null adapter is refused by name', async () => {
    const gpu = create(['backend=null']);
    await expect(Device.create({ gpu })).rejects.toThrow(NoWebGpuError);
    await expect(Device.create({ gpu })).rejects.toThrow(/is a null device, which computes nothing$/);
  });

  test('no adapter at all', async () => {
    const gpu = { requestAdapter: async () => null } as unknown as GPU;
    await expect(Device.create({ gpu })).rejects.toThrow('webgpu: no adapter found');
  });
});

test('ceilDiv and linearGrid cover every count', () => {
  expect([0, 1, 64, 65].map((n) => ceilDiv(n, 64))).toEqual([0, 1, 1, 2]);
  for (const count of [0, 1, 65_535, 65_536, 10 ** 6, 65_535 * 3 + 1]) {
    const [x, y, z] = linearGrid(count);
    expect(x * y * z).toBeGreaterThanOrEqual(count);
    expect(Math.max(x, y, z)).toBeLessThanOrEqual(65_535);
  }
});
