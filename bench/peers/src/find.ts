import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Every program of one of these names on PATH, in its order: the first Python need not be the one with PyTorch. */
export function programs(names: readonly string[]): string[] {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).filter(isProgram);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
