/** Runs in Chromium's page: fetches requests, answers them with the engine that the address names. */
import { firstLine, type Peer, type Reply, type Request, serve } from '../peer.ts';
import type { OrtModule } from '../peers/ort.ts';

const query = new URLSearchParams(location.search);

async function load(name: string): Promise<Peer> {
  if (name === 'lexel@chromium') {
    const { LexelPeer } = await import('../peers/lexel.ts');
    return new LexelPeer(query.get('version') ?? '');
  }
  const provider = name === 'ort-webgpu@chromium' ? 'webgpu' : 'wasm';
  const { OrtPeer } = await import('../peers/ort.ts');
  // A variable, since this address exists only on the page's server.
  const file = `/ort/ort.${provider}.min.mjs`;
  const ort: OrtModule = await import(file);
  ort.env.wasm.wasmPaths = '/ort/';
  return new OrtPeer(ort, provider, navigator.hardwareConcurrency, await adapterName());
}

async function adapterName(): Promise<string> {
  const adapter = await navigator.gpu?.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) return 'no WebGPU adapter';
  const { description, vendor, architecture } = adapter.info;
  return description || `${vendor} ${architecture}`;
}

async function post(reply: Reply): Promise<void> {
  await fetch('/reply', { method: 'POST', body: JSON.stringify(reply) });
}

async function main(): Promise<void> {
  let handle: ((request: Request) => Promise<Reply>) | undefined;
  for (;;) {
    const request = (await (await fetch('/next')).json()) as Request;
    try {
      handle ??= serve(await load(query.get('engine') ?? ''));
      await post(await handle(request));
    } catch (error) {
      await post({ reason: firstLine(error instanceof Error ? error.message : String(error)) });
    }
  }
}

await main();
