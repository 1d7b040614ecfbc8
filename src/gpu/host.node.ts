import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { setHost } from './host.ts';

setHost({
  // 132 MB of native code, loaded only where a device is opened.
  loadDawn: () => import('webgpu'),
  readFile,
  async writeFile(path, content) {
    const temporary = `${path}.${process.pid}`;
    await mkdir(dirname(path), { recursive: true });
    await writeFile(temporary, content);
    await rename(temporary, path);
  },
  pathToUrl: pathToFileURL,
  cacheFolder() {
    const { LEXEL_CACHE, XDG_CACHE_HOME } = process.env;
    return LEXEL_CACHE || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'lexel');
  },
});
