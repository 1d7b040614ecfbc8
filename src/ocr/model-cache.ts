/**
 * Copies of models from http(s) addresses, so that they load without a network: files under Node, the Cache API in a browser.
 * Nothing here fails: where there is no such store, there are no copies.
 */
import { cacheFolder, inNode, writeCacheFile } from '../gpu/index.ts';
import { sha256 } from './sha256.ts';

/** A model as it was last fetched. */
export interface ModelCopy {
  readonly bytes: Uint8Array;
  /** The server's name for this version. */
  readonly etag: string | undefined;
}

const STORE = 'lexel-models';

/** Where a copy's two files lie, without their extensions. */
async function pathOf(url: string): Promise<string> {
  const key = await sha256(new TextEncoder().encode(url));
  return `${await cacheFolder()}/models/${key.slice(0, 32)}`;
}

/** The copy kept of this address, if it is whole. */
export async function loadCopy(url: string): Promise<ModelCopy | undefined> {
  try {
    if (!inNode) {
      const response = await (await caches.open(STORE)).match(url);
      if (!response) return undefined;
      const bytes = new Uint8Array(await response.arrayBuffer());
      return { bytes, etag: response.headers.get('etag') ?? undefined };
    }
    const fs = await import('node:fs/promises');
    const path = await pathOf(url);
    const about = JSON.parse(await fs.readFile(`${path}.json`, 'utf8')) as { etag?: string; sha256?: string };
    const bytes = new Uint8Array(await fs.readFile(`${path}.safetensors`));
    // The two files are written one after the other: a kill between them leaves a pair that does not match.
    return (await sha256(bytes)) === about.sha256 ? { bytes, etag: about.etag } : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps a copy in place of an older one. */
export async function saveCopy(url: string, { bytes, etag }: ModelCopy): Promise<void> {
  try {
    if (!inNode) {
      const headers = etag ? { etag } : undefined;
      await (await caches.open(STORE)).put(url, new Response(new Uint8Array(bytes), { headers }));
      return;
    }
    const path = await pathOf(url);
    await writeCacheFile(`${path}.safetensors`, bytes);
    await writeCacheFile(`${path}.json`, JSON.stringify({ url, etag, sha256: await sha256(bytes) }));
  } catch {
    // A full disk or a private window: the model is loaded all the same.
  }
}
