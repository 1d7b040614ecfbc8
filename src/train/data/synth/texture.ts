import { Random } from './random.ts';

/** Side of an atlas tile, a power of two so that coordinates wrap by masking. */
const SIDE = 256;
const TILES = 24;
/** Fixed: every worker and every stream draws from the same tiles. */
const ATLAS_SEED = 0x7e47;

let atlas: Float32Array[] | undefined;

/** Adds value noise of one period (texels), smoothly interpolated and wrapping. */
function addOctave(tile: Float32Array, random: Random, period: number, amplitude: number): void {
  const n = SIDE / period;
  const grid = new Float32Array(n * n);
  for (let i = 0; i < grid.length; i++) grid[i] = random.normal() * amplitude;
  const smooth = new Float32Array(period);
  for (let i = 0; i < period; i++) {
    const t = i / period;
    smooth[i] = t * t * (3 - 2 * t);
  }
  for (let y = 0; y < SIDE; y++) {
    const gy = Math.floor(y / period);
    const ty = smooth[y % period];
    const row0 = gy * n;
    const row1 = ((gy + 1) % n) * n;
    for (let x = 0; x < SIDE; x++) {
      const gx = Math.floor(x / period);
      const gx1 = (gx + 1) % n;
      const tx = smooth[x % period];
      const top = grid[row0 + gx] * (1 - tx) + grid[row0 + gx1] * tx;
      const bottom = grid[row1 + gx] * (1 - tx) + grid[row1 + gx1] * tx;
      tile[y * SIDE + x] += top * (1 - ty) + bottom * ty;
    }
  }
}

/** Adds objects with edges: soft half planes, ellipses, bars and stripes, as photographs have. */
function addShapes(tile: Float32Array, random: Random, count: number): void {
  for (let i = 0; i < count; i++) {
    const kind = random.int(4);
    const grey = random.normal() * 1.2;
    const cx = random.int(SIDE);
    const cy = random.int(SIDE);
    const angle = random.float() * Math.PI;
    const cos = Math.cos(angle);
    const sin = Math.sin(angle);
    const rx = random.range([8, 90]);
    const ry = kind === 1 ? random.range([2, 8]) : random.range([8, 70]);
    const soft = random.range([0.5, 6]);
    const period = random.range([6, 30]);
    for (let y = 0; y < SIDE; y++) {
      // Wrapped distance, so that tiles join without a seam.
      const dy = ((y - cy + SIDE * 1.5) % SIDE) - SIDE / 2;
      for (let x = 0; x < SIDE; x++) {
        const dx = ((x - cx + SIDE * 1.5) % SIDE) - SIDE / 2;
        const u = (dx * cos + dy * sin) / rx;
        const v = (dy * cos - dx * sin) / ry;
        if (u > 1.3 || u < -1.3 || v > 1.3 || v < -1.3) continue;
        const r = kind === 0 ? Math.hypot(u, v) : Math.max(Math.abs(u), Math.abs(v));
        const edge = ((1 - r) * Math.min(rx, ry)) / soft;
        if (edge <= 0) continue;
        const cover = Math.min(1, edge);
        const value = kind === 3 ? grey * Math.sign(Math.sin((u * rx * 2 * Math.PI) / period)) : grey;
        const at = y * SIDE + x;
        tile[at] = tile[at] * (1 - 0.7 * cover) + value * cover;
      }
    }
  }
}

function makeTile(index: number): Float32Array {
  const random = new Random(ATLAS_SEED, index);
  const tile = new Float32Array(SIDE * SIDE);
  // Spectra of photographs fall as 1/f^alpha in amplitude, alpha about 1 and more where blurred.
  const alpha = random.range([0.8, 1.8]);
  for (let period = 128; period >= 2; period /= 2) addOctave(tile, random, period, (period / 128) ** alpha);
  addShapes(tile, random, index % 3 === 0 ? 0 : 4 + random.int(14));
  let mean = 0;
  for (const v of tile) mean += v;
  mean /= tile.length;
  let variance = 0;
  for (const v of tile) variance += (v - mean) ** 2;
  const inverse = 1 / Math.sqrt(variance / tile.length + 1e-9);
  for (let i = 0; i < tile.length; i++) tile[i] = (tile[i] - mean) * inverse;
  return tile;
}

/** Draws a piece of texture, `[height, width]`, zero mean and about unit deviation over its whole tile. */
export function drawTexture(
  random: Random,
  width: number,
  height: number,
  pixelsPerTexel: number,
  out: Float32Array,
): Float32Array {
  atlas ??= Array.from({ length: TILES }, (_, i) => makeTile(i));
  const tile = atlas[random.int(TILES)] ?? makeTile(0);
  const step = 1 / pixelsPerTexel;
  const startX = random.float() * SIDE;
  const startY = random.float() * SIDE;
  const swap = random.chance(0.5);
  const flip = random.chance(0.5) ? -1 : 1;
  const mask = SIDE - 1;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const u = startX + (swap ? y : x) * step + 1024;
      const v = startY + (swap ? x : y) * step + 1024;
      const iu = u | 0;
      const iv = v | 0;
      const fu = u - iu;
      const fv = v - iv;
      const x0 = iu & mask;
      const x1 = (iu + 1) & mask;
      const row0 = (iv & mask) * SIDE;
      const row1 = ((iv + 1) & mask) * SIDE;
      const top = tile[row0 + x0] * (1 - fu) + tile[row0 + x1] * fu;
      const bottom = tile[row1 + x0] * (1 - fu) + tile[row1 + x1] * fu;
      out[y * width + x] = flip * (top * (1 - fv) + bottom * fv);
    }
  }
  return out;
}
