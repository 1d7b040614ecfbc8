import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { programs } from '../find.ts';
import { firstLine, type Opened, type Peer, type Prepared, Unsupported } from '../peer.ts';
import type { Workload } from '../workloads.ts';

const script = fileURLToPath(new URL('../../torch_peer.py', import.meta.url));
const INSTALL = 'install it for any python3 on PATH, on Debian: apt-get install python3-torch libopenblas0-pthread';

interface Answer {
  readonly reason?: string;
  readonly unsupported?: boolean;
  readonly version?: string;
  readonly ms?: number;
}

/** PyTorch on the processor, in a Python process that answers a line of JSON with a line of JSON. */
export class TorchPeer implements Peer {
  readonly name = 'torch';
  private child: ChildProcess | undefined;
  private waiting: ((answer: Answer) => void) | undefined;

  async available(): Promise<Opened> {
    const python = programs(['python3', 'python']).find(
      (file) => spawnSync(file, ['-c', 'import torch'], { timeout: 120_000 }).status === 0,
    );
    if (!python) throw new Error(`no Python with PyTorch found; ${INSTALL}`);
    const child = spawn(python, [script, String(cpus().length)], { stdio: ['pipe', 'pipe', 'pipe'] });
    this.child = child;
    let complaint = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint = (complaint + text).slice(-4000);
    });
    createInterface({ input: child.stdout }).on('line', (line) => this.settle(JSON.parse(line) as Answer));
    child.on('close', (code, signal) => {
      const last = complaint.trim().split('\n').at(-1) ?? '';
      this.settle({ reason: `Python ended with ${signal ?? code}: ${firstLine(last)}` });
    });
    const { version = 'unknown' } = await this.ask({ do: 'open' });
    return { version, device: `processor, ${cpus().length} threads` };
  }

  async run(workload: Workload): Promise<Prepared> {
    await this.ask({ do: 'run', workload });
    return {
      sample: async (runs) => (await this.ask({ do: 'sample', runs })).ms ?? Number.NaN,
      dispose: async () => {
        await this.ask({ do: 'stop' });
      },
    };
  }

  async close(): Promise<void> {
    this.child?.kill();
  }

  private settle(answer: Answer): void {
    const { waiting } = this;
    this.waiting = undefined;
    waiting?.(answer);
  }

  private async ask(request: object): Promise<Answer> {
    const answer = await new Promise<Answer>((resolve) => {
      this.waiting = resolve;
      this.child?.stdin?.write(`${JSON.stringify(request)}\n`);
    });
    if (answer.unsupported) throw new Unsupported(answer.reason);
    if (answer.reason !== undefined) throw new Error(answer.reason);
    return answer;
  }
}
