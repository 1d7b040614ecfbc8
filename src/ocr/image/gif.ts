import { imageError } from './problems.ts';

/** Offset after a chain of sub-blocks: each tells its length, one of zero ends them. */
function afterBlocks(bytes: Uint8Array, at: number): number {
  let next = at;
  while (next < bytes.length && bytes[next] !== 0) next += 1 + bytes[next];
  return next + 1;
}

/** Bytes of the colour table that a flags byte announces. */
function tableBytes(flags: number): number {
  return flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0;
}

/** How many pictures a GIF holds, told by its blocks alone; of a damaged one those before the damage. https://www.w3.org/Graphics/GIF/spec-gif89a.txt */
export function gifFrames(bytes: Uint8Array): number {
  let frames = 0;
  let at = 13 + tableBytes(bytes[10]);
  while (at < bytes.length) {
    if (bytes[at] === 0x2c) {
      frames++;
      // Place and size, flags, colour table, code size, data.
      at = afterBlocks(bytes, at + 10 + tableBytes(bytes[at + 9]) + 1);
    } else if (bytes[at] === 0x21) at = afterBlocks(bytes, at + 2);
    else break;
  }
  return frames;
}

/** A GIF's first picture is mostly not the one with the word. @throws ImageError for one of several. */
export function checkStill(bytes: Uint8Array, name: string): void {
  const frames = gifFrames(bytes);
  if (frames > 1)
    throw imageError(
      name,
      `expected a PNG or JPEG, got an animated GIF, of ${frames} pictures`,
      'Save the one with the word as a PNG.',
    );
}
