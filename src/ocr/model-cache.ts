/**
 * Copies of models from http(s) addresses, so that they load without a network: files under Node, the Cache API in a browser.
 * Nothing here fails: where there is no such store, there are no copies.
 */
import { getHost } from '../gpu/index.ts';
import { sha256 } from './sha256.ts';

/** A model as it was last fetched. */
export interface ModelCopy {
  readonly bytes: Uint8Array;
  /** The server's name for this version. */
  readonly etag: string | undefined;
}

const STORE = 'lexel-models';

/** Where a copy's two files lie, without their extensions. */
async function pathOf(folder: string, url: string): Promise<string> {
  const key = await sha256(new TextEncoder().encode(url));
  return `${folder}/models/${key.slice(0, 32)}`;
}

/** The copy kept of this address, if it is whole. */
export async function loadCopy(url: string): Promise<ModelCopy | undefined> {
  try {
    const host = getHost();
    if (!host) {
      const response = await (await caches.open(STORE)).match(url);
      if (!response) return undefined;
      const bytes = new Uint8Array(await response.arrayBuffer());
      return { bytes, etag: response.headers.get('etag') ?? undefined };
    }
    const path = await pathOf(host.cacheFolder(), url);
    const text = new TextDecoder().decode(await host.readFile(`${path}.json`));
    const about = JSON.parse(text) as { etag?: string; sha256?: string };
    const bytes = new Uint8Array(await host.readFile(`${path}.safetensors`));
    // The two files are written one after the other: a kill between them leaves a pair that does not match.
    return (await sha256(bytes)) === about.sha256 ? { bytes, etag: about.etag } : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps a copy in place of an older one. */
export async function saveCopy(url: string, { bytes, etag }: ModelCopy): Promise<void> {
  try {
    const host = getHost();
    if (!host) {
      const headers = etag ? { etag } : undefined;
      await (await caches.open(STORE)).put(url, new Response(new Uint8Array(bytes), { headers }));
      return;
    }
    const path = await pathOf(host.cacheFolder(), url);
    await host.writeFile(`${path}.safetensors`, bytes);
    await host.writeFile(`${path}.json`, JSON.stringify({ url, etag, sha256: await sha256(bytes) }));
  } catch {
    // A full disk or a private window: the model is loaded all the same.
  }
}
