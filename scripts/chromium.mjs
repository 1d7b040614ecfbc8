// The headless Chromium of an npm package, with the libraries and fonts that it needs: no root, no system package.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { shippedArchive, shippedFiles, unpackOnce } from './unpack.mjs';

/** What the folder holds: the browser, its GPU libraries beside it (it looks there), NSS and one font family. */
const ARCHIVES = { '.': 'swiftshader.tar.br', lib: 'al2023.tar.br', fonts: 'fonts.tar.br' };
const WANTED = [
  'chromium',
  'libvk_swiftshader.so',
  'libEGL.so',
  join('lib', 'libnss3.so'),
  join('fonts', 'fonts.conf'),
];

/**
 * Unpacks the browser once (about 4 s, 215 MB).
 * @returns `{ file, env }`: the program and the environment to start it in; or `{ reason }` where this machine cannot use it
 */
export function unpackChromium() {
  const browser = shippedArchive('chromium.br');
  if (browser.reason) return browser;
  const { folder, reason } = unpackOnce('chromium', WANTED, (into) => {
    writeFileSync(join(into, 'chromium'), brotliDecompressSync(readFileSync(browser.file)), { mode: 0o755 });
    for (const [place, archive] of Object.entries(ARCHIVES))
      for (const { name, data } of shippedFiles(shippedArchive(archive).file)) {
        // Libraries lie flat; the fonts keep their folders, which fonts.conf names.
        const file = join(into, place, place === 'fonts' ? name : basename(name));
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, data, { mode: 0o755 });
      }
    // The package's own names folders of the machines it is made for.
    const config = `<fontconfig><dir prefix="relative">fonts</dir><cachedir prefix="xdg">fontconfig</cachedir></fontconfig>`;
    writeFileSync(join(into, 'fonts', 'fonts.conf'), `<?xml version="1.0"?>\n${config}\n`);
  });
  if (reason) return { reason };
  const libraries = [join(folder, 'lib'), process.env.LD_LIBRARY_PATH].filter(Boolean).join(delimiter);
  // Its own driver: one that was chosen for Node is none of its business.
  const { VK_DRIVER_FILES, VK_ICD_FILENAMES, VK_ADD_DRIVER_FILES, ...rest } = process.env;
  const env = { ...rest, LD_LIBRARY_PATH: libraries };
  // A machine without fonts draws no text at all.
  if (!existsSync('/etc/fonts/fonts.conf')) env.FONTCONFIG_PATH = join(folder, 'fonts');
  return { file: join(folder, 'chromium'), env };
}
