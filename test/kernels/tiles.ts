import type { Device, KernelSource, Launch } from '../../src/gpu/index.ts';

export interface Tile {
  readonly ROWS: number;
  readonly COLS: number;
}

/** Every register tile that a heavy kernel may be compiled with. */
export const TILES: readonly Tile[] = [4, 8, 16].flatMap((ROWS) => [1, 2].map((COLS) => ({ ROWS, COLS })));

function constOf(spec: Launch<KernelSource>, name: string): number {
  const given = (spec.variant?.consts as Readonly<Record<string, number>> | undefined)?.[name];
  return given ?? Number(new RegExp(`^const ${name} = (\\d+)u;`, 'm').exec(spec.kernel.code)?.[1]);
}

/** Runs `body` with every kernel that has a register tile compiled with this one; the grid grows to match. */
export async function withTile<T>(device: Device, tile: Tile, body: () => Promise<T>): Promise<T> {
  const { launch } = device;
  device.launch = <K extends KernelSource>(spec: Launch<K>): void => {
    if (!spec.kernel.consts.includes('ROWS') || !spec.kernel.consts.includes('COLS')) {
      launch.call(device, spec as Launch<KernelSource>);
      return;
    }
    const plain = spec as unknown as Launch<KernelSource>;
    const [x, y, z] = spec.grid;
    const taller = Math.max(1, constOf(plain, 'ROWS') / tile.ROWS);
    const wider = Math.max(1, constOf(plain, 'COLS') / tile.COLS);
    launch.call(device, {
      ...plain,
      variant: { ...plain.variant, consts: { ...plain.variant?.consts, ...tile } },
      grid: [x * wider, y * taller, z],
    });
  };
  try {
    return await body();
  } finally {
    device.launch = launch;
  }
}
