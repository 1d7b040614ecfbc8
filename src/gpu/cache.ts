/** A small store of JSON texts, by name and adapter: files under Node, localStorage in a browser. Never fails: a cache may be missing. */
import type { AdapterSummary } from './adapter.ts';
import { importHidden, inNode } from './platform.ts';

/** What the text belongs to: another driver version is another adapter. */
function keyOf(name: string, adapter: AdapterSummary): string {
  const about = `${adapter.vendor} ${adapter.architecture} ${adapter.description}`;
  return `${name}-${about.replace(/[^\w.]+/g, '-')}`.slice(0, 120);
}

/** Where Node keeps what can be had again: $LEXEL_CACHE, else `lexel` in the user's cache folder. */
export async function cacheFolder(): Promise<string> {
  const [{ join }, { homedir }] = await Promise.all([
    importHidden<typeof import('node:path')>('node:path'),
    importHidden<typeof import('node:os')>('node:os'),
  ]);
  const { LEXEL_CACHE, XDG_CACHE_HOME } = process.env;
  return LEXEL_CACHE || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'lexel');
}

/** Writes a file whole or not at all: another process that reads it sees the old content or the new. */
export async function writeCacheFile(path: string, content: string | Uint8Array): Promise<void> {
  const [fs, { dirname }] = await Promise.all([
    importHidden<typeof import('node:fs/promises')>('node:fs/promises'),
    importHidden<typeof import('node:path')>('node:path'),
  ]);
  await fs.mkdir(dirname(path), { recursive: true });
  await fs.writeFile(`${path}.${process.pid}`, content);
  await fs.rename(`${path}.${process.pid}`, path);
}

const fileOf = async (key: string): Promise<string> => `${await cacheFolder()}/${key}.json`;

/** The text saved under this name for this adapter; undefined when there is none. */
export async function loadCached(name: string, adapter: AdapterSummary): Promise<string | undefined> {
  const key = keyOf(name, adapter);
  try {
    if (!inNode) return globalThis.localStorage?.getItem(`lexel-${key}`) ?? undefined;
    const fs = await import('node:fs/promises');
    return await fs.readFile(await fileOf(key), 'utf8');
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
    const path = await fileOf(key);
    await writeCacheFile(path, text);
    return path;
  } catch {
    return undefined;
  }
}
