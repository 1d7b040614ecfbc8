/** A small store of JSON texts, by name and adapter: files under Node, localStorage in a browser. Never fails: a cache may be missing. */
import type { AdapterSummary } from './adapter.ts';
import { getHost, type Host } from './host.ts';

/** What the text belongs to: another driver version is another adapter. */
function keyOf(name: string, adapter: AdapterSummary): string {
  const about = `${adapter.vendor} ${adapter.architecture} ${adapter.description}`;
  return `${name}-${about.replace(/[^\w.]+/g, '-')}`.slice(0, 120);
}

const fileOf = (host: Host, key: string): string => `${host.cacheFolder()}/${key}.json`;

/** The text saved under this name for this adapter; undefined when there is none. */
export async function loadCached(name: string, adapter: AdapterSummary): Promise<string | undefined> {
  const key = keyOf(name, adapter);
  try {
    const host = getHost();
    if (!host) return globalThis.localStorage?.getItem(`lexel-${key}`) ?? undefined;
    return new TextDecoder().decode(await host.readFile(fileOf(host, key)));
  } catch {
    return undefined;
  }
}

/** Saves a text; returns where it went, undefined where nothing can be kept. */
export async function saveCached(name: string, adapter: AdapterSummary, text: string): Promise<string | undefined> {
  const key = keyOf(name, adapter);
  try {
    const host = getHost();
    if (!host) {
      globalThis.localStorage?.setItem(`lexel-${key}`, text);
      return globalThis.localStorage ? 'localStorage' : undefined;
    }
    const path = fileOf(host, key);
    await host.writeFile(path, text);
    return path;
  } catch {
    return undefined;
  }
}
