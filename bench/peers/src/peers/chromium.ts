import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { programs } from '../find.ts';
import { type Opened, type Peer, type Prepared, type Reply, type Request, Unsupported } from '../peer.ts';
import type { Workload } from '../workloads.ts';

/** What a page may load, by the first part of its address. */
const FOLDERS: Readonly<Record<string, string>> = {
  bench: fileURLToPath(new URL('..', import.meta.url)),
  dist: fileURLToPath(new URL('../../../../dist', import.meta.url)),
  ort: fileURLToPath(new URL('../../node_modules/onnxruntime-web/dist', import.meta.url)),
};
const TYPES: Readonly<Record<string, string>> = { '.wasm': 'application/wasm', '.json': 'application/json' };
/** Threads of wasm share memory, which browsers allow only to isolated pages. */
const ISOLATED = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const START_MS = 170_000;

/**
 * An engine in a page of a headless Chromium of its own. The page asks here for requests (GET /next, answered when there
 * is one) and posts its replies, so that no driver is needed.
 */
export class ChromiumPeer implements Peer {
  private server: Server | undefined;
  private browser: ChildProcess | undefined;
  private profile = '';
  private asked: Request | undefined;
  private polling: ServerResponse | undefined;
  private settle: ((reply: Reply) => void) | undefined;

  /** @param name `lexel@chromium`, `ort-wasm@chromium`, `ort-webgpu@chromium` */
  constructor(
    readonly name: string,
    private readonly version: string,
  ) {}

  async available(): Promise<Opened> {
    const own = process.env.CHROMIUM;
    const program = own ? own : programs(NAMES)[0];
    if (!program) throw new Error('no Chromium on PATH or in CHROMIUM; on Debian: apt-get install chromium');
    const server = createServer((request, response) => this.serve(request.url ?? '/', request, response));
    this.server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    this.profile = mkdtempSync(join(tmpdir(), 'lexel-peers-'));
    const args = ['--headless=new', '--enable-unsafe-webgpu', '--no-first-run', `--user-data-dir=${this.profile}`];
    // Its sandbox refuses to start as root.
    if (process.getuid?.() === 0) args.push('--no-sandbox');
    const page = `http://127.0.0.1:${port}/?${new URLSearchParams({ engine: this.name, version: this.version })}`;
    this.browser = spawn(program, [...args, page], { stdio: 'ignore' });
    this.browser.on('error', (error) => this.settle?.({ reason: error.message }));
    this.browser.on('exit', (code, signal) => this.settle?.({ reason: `Chromium ended with ${signal ?? code}` }));
    const { opened } = await this.ask({ do: 'open' }, START_MS);
    if (!opened) throw new Error('the page said nothing of its engine');
    return opened;
  }

  async run(workload: Workload): Promise<Prepared> {
    const { note } = await this.ask({ do: 'run', workload });
    return {
      note,
      sample: async (runs) => (await this.ask({ do: 'sample', runs })).ms ?? Number.NaN,
      dispose: async () => {
        await this.ask({ do: 'stop' });
      },
    };
  }

  async close(): Promise<void> {
    const { browser, profile } = this;
    this.server?.close();
    if (browser?.pid !== undefined && browser.exitCode === null && browser.signalCode === null) {
      const gone = new Promise((resolve) => browser.once('exit', resolve));
      browser.kill();
      await Promise.race([gone, new Promise((resolve) => setTimeout(resolve, 5000))]);
      browser.kill('SIGKILL');
    }
    // Its helpers may write for a moment after it is gone.
    for (let attempt = 0; profile !== '' && attempt < 20; attempt++)
      try {
        rmSync(profile, { recursive: true, force: true });
        break;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
  }

  private async ask(request: Request, timeoutMs?: number): Promise<Reply> {
    const reply = await new Promise<Reply>((resolve) => {
      const timer = timeoutMs && setTimeout(() => resolve({ reason: 'the page does not answer' }), timeoutMs);
      this.settle = (r) => {
        clearTimeout(timer);
        this.settle = undefined;
        resolve(r);
      };
      this.asked = request;
      this.deliver();
    });
    if (reply.unsupported) throw new Unsupported(reply.reason);
    if (reply.reason !== undefined) throw new Error(reply.reason);
    return reply;
  }

  private deliver(): void {
    const { asked, polling } = this;
    if (!asked || !polling) return;
    this.asked = undefined;
    this.polling = undefined;
    polling.end(JSON.stringify(asked));
  }

  private async serve(url: string, body: AsyncIterable<Buffer>, response: ServerResponse): Promise<void> {
    const path = url.split('?')[0];
    if (path === '/next') {
      this.polling = response;
      this.deliver();
    } else if (path === '/reply') {
      const parts: Buffer[] = [];
      for await (const part of body) parts.push(part);
      response.end();
      this.settle?.(JSON.parse(Buffer.concat(parts).toString('utf8')) as Reply);
    } else if (path === '/') {
      response.writeHead(200, { 'Content-Type': 'text/html', ...ISOLATED });
      response.end(PAGE);
    } else sendFile(path, response);
  }
}

/** Bare imports of Lexel's build resolve to nothing: what is measured calls none of them. */
const PAGE = `<!doctype html><meta charset="utf-8"><title>bench:peers</title>
<script type="module" src="/bench/page/main.js"></script>`;

function sendFile(path: string, response: ServerResponse): void {
  const [, folder, ...rest] = normalize(path).split('/');
  try {
    const bytes = readFileSync(join(FOLDERS[folder], ...rest));
    const type = TYPES[extname(path)] ?? 'text/javascript';
    response.writeHead(200, { 'Content-Type': type, 'Cross-Origin-Resource-Policy': 'same-origin', ...ISOLATED });
    response.end(bytes);
  } catch {
    response.writeHead(404);
    response.end();
  }
}
