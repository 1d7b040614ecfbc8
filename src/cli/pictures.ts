import { readFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { LexelError } from '../gpu/index.ts';
import { decodeImage, type GreyImage } from '../ocr/index.ts';
import type { SkippedRow } from '../train/data/index.ts';

/** Files that are read while earlier ones are decoded. */
const AHEAD = 32;

/** A row with its picture at natural size, or why there is none. */
export type Pictured<R> =
  | { readonly row: R; readonly image: GreyImage }
  | { readonly row: R; readonly bad: SkippedRow };

/** Reads the pictures of rows, in their order. Paths are relative to `folder`. */
export async function* eachPicture<R extends { file: string; line: number }>(
  rows: readonly R[],
  folder: string,
): AsyncGenerator<Pictured<R>> {
  const reads: Promise<Pictured<R>>[] = [];
  for (let i = 0; i < rows.length; i++) {
    while (reads.length < AHEAD && i + reads.length < rows.length) {
      const read = readPicture(rows[i + reads.length], folder);
      // One that fails while nobody waits for it must not end the process.
      read.catch(() => undefined);
      reads.push(read);
    }
    const next = reads.shift();
    if (next) yield await next;
  }
}

async function readPicture<R extends { file: string; line: number }>(row: R, folder: string): Promise<Pictured<R>> {
  const { file } = row;
  try {
    const bytes = await readFile(isAbsolute(file) ? file : join(folder, file));
    return { row, image: await decodeImage(bytes, { name: file }) };
  } catch (error) {
    return { row, bad: unreadable(row, error) };
  }
}

/** The entry of a row whose picture cannot be read; errors that are no fault of the picture are thrown on. */
export function unreadable({ file, line }: { file: string; line: number }, error: unknown): SkippedRow {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return { line, kind: 'missing file', reason: `no such file: ${file}`, file };
  if (error instanceof LexelError || code === 'EISDIR')
    return { line, kind: 'broken image', reason: (error as Error).message, file };
  throw error;
}
