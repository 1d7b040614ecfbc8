/** The process of one engine: node child.js NAME. A crash or a missing package ends it alone. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { installDawn } from './dawn.ts';
import { firstLine, type Peer, type Reply, type Request, serve } from './peer.ts';

const manifest = new URL('../../../package.json', import.meta.url);

function lexelVersion(): string {
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}

/** Loads the engine's file here, not above: each has packages that may be missing. */
async function load(name: string): Promise<Peer> {
  switch (name) {
    case 'lexel': {
      const { LexelPeer } = await import('./peers/lexel.ts');
      return new LexelPeer(lexelVersion());
    }
    case 'tfjs': {
      const adapter = await installDawn();
      const { TfjsPeer } = await import('./peers/tfjs.ts');
      return new TfjsPeer(adapter);
    }
    case 'jax-js': {
      const adapter = await installDawn();
      const { JaxPeer } = await import('./peers/jax.ts');
      const main = createRequire(import.meta.url).resolve('@jax-js/jax');
      const { version } = JSON.parse(readFileSync(new URL('../package.json', `file://${main}`), 'utf8'));
      return new JaxPeer(version, adapter);
    }
    case 'ort-wasm': {
      const { OrtPeer } = await import('./peers/ort.ts');
      return new OrtPeer(await import('onnxruntime-web'), 'wasm', cpus().length);
    }
    case 'ort-webgpu': {
      const adapter = await installDawn();
      const { OrtPeer } = await import('./peers/ort.ts');
      // Every operation here has a WebGPU kernel; its threads do not start from this file under Node.
      return new OrtPeer(await import('onnxruntime-web/webgpu'), 'webgpu', 1, adapter);
    }
    case 'torch': {
      const { TorchPeer } = await import('./peers/torch.ts');
      return new TorchPeer();
    }
    default: {
      const { ChromiumPeer } = await import('./peers/chromium.ts');
      return new ChromiumPeer(name, lexelVersion());
    }
  }
}

let handle: ((request: Request) => Promise<Reply>) | undefined;
let peer: Peer | undefined;

async function answer(request: Request): Promise<Reply> {
  try {
    if (!handle) {
      peer = await load(process.argv[2]);
      handle = serve(peer);
    }
  } catch (error) {
    return { reason: firstLine(error instanceof Error ? error.message : String(error)) };
  }
  return handle(request);
}

let ending = false;

async function end(): Promise<void> {
  if (ending) return;
  ending = true;
  await peer?.close?.();
  process.exit();
}

process.on('message', async (request: Request) => {
  process.send?.(await answer(request));
});
process.on('disconnect', end);
process.on('SIGTERM', end);
