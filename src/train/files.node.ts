import { closeSync, fsyncSync, openSync, renameSync, unlinkSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Writes a file so that a kill at any moment leaves the old one or the new one whole: a temporary file beside it,
 * synced, renamed over it, and the folder synced.
 */
export function writeAtomically(path: string, bytes: Uint8Array | string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  const data = typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes;
  let fd: number | undefined;
  try {
    fd = openSync(temporary, 'w');
    for (let at = 0; at < data.byteLength; ) at += writeSync(fd, data, at);
    fsyncSync(fd);
    closeSync(fd);
    fd = undefined;
    renameSync(temporary, path);
  } catch (error) {
    if (fd !== undefined) closeSync(fd);
    try {
      unlinkSync(temporary);
    } catch {
      // It may never have been made.
    }
    throw error;
  }
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } catch {
    // Some file systems do not sync folders; the rename is atomic all the same.
  } finally {
    closeSync(folder);
  }
}
