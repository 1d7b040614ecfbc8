import { ceilDiv, type Device, MAX_GRID } from '../gpu/index.ts';
import { isSoftware } from './variants.ts';

/**
 * How kernels walk [N, C, P] channel by channel, in tiles of workgroup * items elements. Tiles lie in one plane, so that
 * the image they belong to is found once a tile; where planes are too small for that, tiles are FLAT: they span planes,
 * and each element finds its image by a division.
 */
export interface ChannelWalk {
  channels: number;
  /** C P: from one image to the next. */
  stride: number;
  /** Where positions of a tile end: P, or N P when flat. */
  limit: number;
  /** Tiles of one channel. */
  tiles: number;
  tilesPerImage: number;
  /** P: neighbouring elements of one channel. */
  plane: number;
  /** (C - 1) P: from the end of one plane to the channel's next. */
  skip: number;
  invTilesPerImage: number;
  invPlane: number;
}

/** How the kernels are compiled: few choices, so that new shapes rarely compile anything. */
export interface TileShape {
  workgroup: number;
  items: number;
  flat: boolean;
}

/** From here on shaders/lib/divide.wgsl needs the integer division: (a + 0.5) / d through f32 is exact for a < 2^21. */
export const NARROW = 2 ** 21;

const forced = new WeakSet<Device>();

/** Makes kernels on this device divide by integers whatever the size, for tests: the real thing takes millions of elements. */
export function forceWide(device: Device): void {
  forced.add(device);
}

/** Whether indices up to `count` need the integer division. */
export function isWide(device: Device, count: number): boolean {
  return count >= NARROW || forced.has(device);
}

/** Shapes of a tile, each with what it is worth when all its lanes have work (measured on llvmpipe). */
const SHAPES = [
  { workgroup: 64, items: 4, worth: 1 },
  { workgroup: 32, items: 4, worth: 0.99 },
  { workgroup: 32, items: 2, worth: 0.9 },
  { workgroup: 32, items: 1, worth: 0.75 },
];
const FLAT = { workgroup: 64, items: 4, worth: 0.6 };

/** The tile that wastes least on planes of this size. */
export function tileShape(plane: number): TileShape {
  let best = { ...FLAT, flat: true };
  for (const s of SHAPES) {
    const tile = s.workgroup * s.items;
    const worth = (s.worth * plane) / (ceilDiv(plane, tile) * tile);
    if (worth > best.worth) best = { ...s, worth, flat: false };
  }
  return best;
}

/** The walk over [n, channels, plane] in tiles of `elements`. */
export function walkOf(n: number, channels: number, plane: number, elements: number, flat: boolean): ChannelWalk {
  const limit = flat ? n * plane : plane;
  const tilesPerImage = ceilDiv(limit, elements);
  return {
    channels,
    stride: channels * plane,
    limit,
    tiles: flat ? tilesPerImage : n * tilesPerImage,
    tilesPerImage,
    plane,
    skip: (channels - 1) * plane,
    invTilesPerImage: 1 / tilesPerImage,
    invPlane: 1 / plane,
  };
}

/** `override` constants of the kernels that walk. */
export function walkOverrides(
  device: Device,
  w: ChannelWalk,
  t: TileShape,
): { WG: number; FLAT: number; WIDE: number } {
  return { WG: t.workgroup, FLAT: t.flat ? 1 : 0, WIDE: isWide(device, Math.max(w.tiles, w.limit)) ? 1 : 0 };
}

/** Workgroups over (part, channel), channels folded past 65,535: c = wid.y + wid.z * nwg.y. */
export function channelGrid(groups: number, channels: number): [number, number, number] {
  const z = Math.max(1, ceilDiv(channels, MAX_GRID));
  return [groups, ceilDiv(channels, z), z];
}

/** Workgroups that fill the adapter: a large GPU, or a few cores, where each one costs as much as a hundred loads. */
export function fillingGroups(device: Device): number {
  return isSoftware(device) ? 128 : 4096;
}

/** Workgroups of a channel: as many as fill the adapter, each striding over its tiles. */
export function groupsPerChannel(device: Device, w: ChannelWalk): number {
  return Math.max(1, Math.min(w.tiles, MAX_GRID, ceilDiv(fillingGroups(device), w.channels)));
}

/** Reductions: the parts each channel is split into, and the tiles of one part. */
export function partsOf(device: Device, w: ChannelWalk): { parts: number; per: number } {
  const per = Math.max(2, ceilDiv(w.tiles, Math.min(256, groupsPerChannel(device, w))));
  return { parts: ceilDiv(w.tiles, per), per };
}
