/** A small store of JSON texts, by name and adapter: files under Node, localStorage in a browser. Never fails: a cache may be missing. */
import type { AdapterSummary } from './adapter.ts';
import { importHidden, inNode } from './platform.ts';

/** What the text belongs to: another driver version is another adapter. */
function keyOf(name: string, adapter: AdapterSummary): string {
  const about = `${adapter.vendor} ${adapter.architecture} ${adapter.description}`;
  return `${name}-${about.replace(/[^\w.]+/g, '-')}`.slice(0, 120);
}

async function fileOf(key: string): Promise<{ fs: typeof import('node:fs/promises'); folder: string; path: string }> {
  const [fs, { join }, { homedir }] = await Promise.all([
    importHidden<typeof import('node:fs/promises')>('node:fs/promises'),
    importHidden<typeof import('node:path')>('node:path'),
    importHidden<typeof import('node:os')>('node:os'),
  ]);
  const { LEXEL_CACHE, XDG_CACHE_HOME } = process.env;
  const folder = LEXEL_CACHE || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'lexel');
  return { fs, folder, path: join(folder, `${key}.json`) };
}

/** The text saved under this name for this adapter; undefined when there is none. */
export async function loadCached(name: string, adapter: AdapterSummary): Promise<string | undefined> {
  const key = keyOf(name, adapter);
  try {
    if (!inNode) return globalThis.localStorage?.getItem(`lexel-${key}`) ?? undefined;
    const { fs, path } = await fileOf(key);
    return await fs.readFile(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** Saves a text; returns where it went, undefined where nothing can be kept. */
export async function saveCached(name: string, adapter: AdapterSummary, text: string): Promise<string | undefined> {
  const key = keyOf(name, adapter);
  try {
    if (!inNode) {
      globalThis.localStorage?.setItem(`lexel-${key}`, text);
      return globalThis.localStorage ? 'localStorage' : undefined;
    }
    const { fs, folder, path } = await fileOf(key);
    await fs.mkdir(folder, { recursive: true });
    // Another process may read it at any time: it sees the old text or the new one.
    await fs.writeFile(`${path}.${process.pid}`, text);
    await fs.rename(`${path}.${process.pid}`, path);
    return path;
  } catch {
    return undefined;
  }
}
