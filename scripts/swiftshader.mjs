// SwiftShader, a Vulkan driver that runs on the CPU, from the npm package that ships it: no root, no system package.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { cache, root } from './paths.mjs';

const home = join(root, 'node_modules', '@sparticuz', 'chromium');
const WANTED = ['libvk_swiftshader.so', 'libvulkan.so.1', 'vk_swiftshader_icd.json'];

/** Plain files of a tar archive (POSIX ustar: 512-byte headers, octal sizes). https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html */
function* tarFiles(bytes) {
  for (let at = 0; at + 512 <= bytes.length && bytes[at] !== 0; ) {
    const text = (from, to) => bytes.toString('latin1', at + from, at + to).replace(/\0.*$/s, '');
    const size = Number.parseInt(text(124, 136), 8);
    if (!(size >= 0)) throw new Error(`tar header at byte ${at} has no size`);
    const type = text(156, 157);
    if (type === '' || type === '0')
      yield { name: basename(text(0, 100)), data: bytes.subarray(at + 512, at + 512 + size) };
    at += 512 + Math.ceil(size / 512) * 512;
  }
}

/**
 * Unpacks the driver once.
 * @returns `{ folder, icd }`, or `{ reason }` where this machine cannot use it
 */
export function unpackSwiftShader() {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return { reason: `the npm package has it for Linux x64 only, this is ${process.platform} ${process.arch}` };
  const archive = join(home, 'bin', 'swiftshader.tar.br');
  if (!existsSync(archive)) return { reason: '@sparticuz/chromium is not installed: npm ci' };
  const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
  const folder = join(cache, 'swiftshader', version);
  const icd = join(folder, 'vk_swiftshader_icd.json');
  if (WANTED.every((name) => existsSync(join(folder, name)))) return { folder, icd };
  // Written beside and renamed, so that another process never loads half a library.
  const temporary = `${folder}.${process.pid}`;
  mkdirSync(temporary, { recursive: true });
  try {
    for (const { name, data } of tarFiles(brotliDecompressSync(readFileSync(archive))))
      if (WANTED.includes(name)) writeFileSync(join(temporary, name), data, { mode: 0o755 });
    const missing = WANTED.filter((name) => !existsSync(join(temporary, name)));
    if (missing.length > 0) return { reason: `${archive} lacks ${missing.join(', ')}` };
    pinLibrary(join(temporary, 'vk_swiftshader_icd.json'));
    try {
      renameSync(temporary, folder);
    } catch (error) {
      const another = WANTED.every((name) => existsSync(join(folder, name)));
      if (!another) {
        rmSync(folder, { recursive: true, force: true });
        renameSync(temporary, folder);
      } else if (!['ENOTEMPTY', 'EEXIST'].includes(error.code)) throw error;
    }
    return { folder, icd };
  } catch (error) {
    return { reason: `could not be unpacked: ${error.message}` };
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** The loader takes `./lib.so` relative to the JSON but searches the system for a bare `lib.so`. */
function pinLibrary(file) {
  const json = JSON.parse(readFileSync(file, 'utf8'));
  json.ICD.library_path = `./${basename(json.ICD.library_path)}`;
  writeFileSync(file, JSON.stringify(json));
}
