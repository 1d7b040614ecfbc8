// SwiftShader, a Vulkan driver that runs on the CPU, from the npm package that ships it: no root, no system package.
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { shippedArchive, shippedFiles, unpackOnce } from './unpack.mjs';

const WANTED = ['libvk_swiftshader.so', 'libvulkan.so.1', 'vk_swiftshader_icd.json'];

/**
 * Unpacks the driver once.
 * @returns `{ folder, icd }`, or `{ reason }` where this machine cannot use it
 */
export function unpackSwiftShader() {
  const archive = shippedArchive('swiftshader.tar.br');
  if (archive.reason) return archive;
  const unpacked = unpackOnce('swiftshader', WANTED, (folder) => {
    for (const { name, data } of shippedFiles(archive.file))
      if (WANTED.includes(basename(name))) writeFileSync(join(folder, basename(name)), data, { mode: 0o755 });
    pinLibrary(join(folder, 'vk_swiftshader_icd.json'));
  });
  if (unpacked.reason) return unpacked;
  return { folder: unpacked.folder, icd: join(unpacked.folder, 'vk_swiftshader_icd.json') };
}

/** The loader takes `./lib.so` relative to the JSON but searches the system for a bare `lib.so`. */
function pinLibrary(file) {
  const json = JSON.parse(readFileSync(file, 'utf8'));
  json.ICD.library_path = `./${basename(json.ICD.library_path)}`;
  writeFileSync(file, JSON.stringify(json));
}
