// Unpacks what npm packages ship compressed, once, into .cache. No dependency: the set-up runs before `npm ci` may have.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { cache, root } from './paths.mjs';

const home = join(root, 'node_modules', '@sparticuz', 'chromium');

/** Plain files of a tar archive (POSIX ustar: 512-byte headers, octal sizes, names of at most 255 bytes in two fields). https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html */
export function* tarFiles(bytes) {
  for (let at = 0; at + 512 <= bytes.length && bytes[at] !== 0; ) {
    const text = (from, to) => bytes.toString('latin1', at + from, at + to).replace(/\0.*$/s, '');
    const size = Number.parseInt(text(124, 136), 8);
    if (!(size >= 0)) throw new Error(`tar header at byte ${at} has no size`);
    const type = text(156, 157);
    const before = text(257, 262) === 'ustar' ? text(345, 500) : '';
    const name = before === '' ? text(0, 100) : `${before}/${text(0, 100)}`;
    if (type === '' || type === '0') yield { name, data: bytes.subarray(at + 512, at + 512 + size) };
    at += 512 + Math.ceil(size / 512) * 512;
  }
}

/** Where the package keeps one of its compressed files, or `{ reason }` where this machine cannot use it. */
export function shippedArchive(name) {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return { reason: `the npm package has it for Linux x64 only, this is ${process.platform} ${process.arch}` };
  const file = join(home, 'bin', name);
  return existsSync(file) ? { file } : { reason: '@sparticuz/chromium is not installed: npm ci' };
}

/** The plain files of a `.tar.br` that the package ships. */
export function* shippedFiles(file) {
  yield* tarFiles(brotliDecompressSync(readFileSync(file)));
}

/**
 * Fills `.cache/<name>/<version of the package>` once.
 * @param wanted the files that make the folder whole
 * @param fill writes them into the folder it is given
 * @returns `{ folder }`, or `{ reason }` where it could not be filled
 */
export function unpackOnce(name, wanted, fill) {
  const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
  const folder = join(cache, name, version);
  const missing = (where) => wanted.filter((file) => !existsSync(join(where, file)));
  if (missing(folder).length === 0) return { folder };
  // Written beside and renamed, so that another process never loads half a library.
  const temporary = `${folder}.${process.pid}`;
  mkdirSync(temporary, { recursive: true });
  try {
    fill(temporary);
    const lacking = missing(temporary);
    if (lacking.length > 0) return { reason: `${dirname(home)} lacks ${lacking.join(', ')}` };
    try {
      renameSync(temporary, folder);
    } catch (error) {
      if (missing(folder).length > 0) {
        rmSync(folder, { recursive: true, force: true });
        renameSync(temporary, folder);
      } else if (!['ENOTEMPTY', 'EEXIST'].includes(error.code)) throw error;
    }
    return { folder };
  } catch (error) {
    return { reason: `could not be unpacked: ${error.message}` };
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}
