import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { ImageError } from '../gpu/errors.ts';
import { MAX_FILE_BYTES } from '../ocr/image/index.ts';
import type { Io } from './io.ts';

/** Collects a stream, up to the limit: a device or a pipe may never end. */
async function collect(stream: AsyncIterable<Uint8Array>, name: string): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of stream) {
    parts.push(part);
    size += part.length;
    if (size > MAX_FILE_BYTES)
      throw new ImageError(`${name}: expected at most ${MAX_FILE_BYTES / 2 ** 20} MiB, got more`, {
        hint: 'Crop or scale the picture to the word first.',
      });
  }
  return Buffer.concat(parts, size);
}

const WHY: Readonly<Record<string, readonly [string, string]>> = {
  ENOENT: ['no such file', 'Check the path.'],
  ENOTDIR: ['no such file', 'Check the path.'],
  EACCES: ['permission denied', 'Check who may read the file.'],
};

/**
 * The bytes of a file, or of standard input where `file` is `-`.
 * @throws ImageError where it is missing, unreadable, a directory or too large
 */
export async function readInput(file: string, io: Io): Promise<Uint8Array> {
  if (file === '-') {
    if (io.stdinIsTerminal)
      throw new ImageError('-: expected a picture on standard input, got a terminal', {
        code: 'NO_FILE',
        hint: 'Pipe a picture in: lexel read - < word.png.',
      });
    return collect(io.stdin, 'standard input');
  }
  try {
    if ((await stat(file)).isDirectory())
      throw new ImageError(`${file}: expected a picture, got a directory`, {
        code: 'NO_FILE',
        hint: `Name its files: lexel read ${file.replace(/[\\/]+$/, '')}/*.png.`,
      });
    return await collect(createReadStream(file), file);
  } catch (cause) {
    if (cause instanceof ImageError) throw cause;
    const { code, message } = cause as NodeJS.ErrnoException;
    const [what, hint] = WHY[code ?? ''] ?? [`cannot be read (${code ?? message})`, 'Check the file and its disk.'];
    throw new ImageError(`${file}: ${what}`, { code: 'NO_FILE', hint, cause });
  }
}
