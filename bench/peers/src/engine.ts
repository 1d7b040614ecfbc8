import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { firstLine, type Reply, type Request } from './peer.ts';

/** The parent's end of one engine's process, started when it is first asked, and again after it has ended. */
export class Engine {
  private child: ChildProcess | undefined;
  private settle: ((reply: Reply) => void) | undefined;
  private complaint = '';

  constructor(readonly name: string) {}

  get running(): boolean {
    return this.child !== undefined;
  }

  /** Asks and waits; an end or a silence of more than `timeoutMs` is a reply with a reason. */
  ask(request: Request, timeoutMs: number): Promise<Reply> {
    const child = this.start();
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.settle?.({ reason: `no answer within ${timeoutMs / 1000} s` });
        this.kill(child);
      }, timeoutMs);
      this.settle = (reply) => {
        clearTimeout(timer);
        this.settle = undefined;
        resolve(reply);
      };
      child.send(request, (error) => {
        if (error) this.settle?.({ reason: firstLine(error.message) });
      });
    });
  }

  close(): void {
    if (this.child) this.kill(this.child);
  }

  /** A process that is deep in native code hears nothing: it is ended the hard way. */
  private kill(child: ChildProcess): void {
    if (this.child === child) this.child = undefined;
    child.kill();
    const hard = setTimeout(() => child.kill('SIGKILL'), 15_000);
    child.once('exit', () => clearTimeout(hard));
  }

  private start(): ChildProcess {
    if (this.child) return this.child;
    const loud = process.env.LEXEL_DEBUG === '1';
    const child = fork(fileURLToPath(new URL('./child.js', import.meta.url)), [this.name], {
      stdio: ['ignore', loud ? 2 : 'ignore', 'pipe', 'ipc'],
    });
    this.child = child;
    this.complaint = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.complaint = (this.complaint + text).slice(-8000);
      if (loud) process.stderr.write(text);
    });
    child.on('message', (reply: Reply) => {
      if (this.child === child) this.settle?.(reply);
    });
    child.on('error', (error) => this.ended(child, firstLine(error.message)));
    child.on('close', (code, signal) => {
      const why = /^\w*Error: .*$/m.exec(this.complaint)?.[0];
      this.ended(child, `its process ended with ${signal ?? code}${why ? `: ${firstLine(why)}` : ''}`);
    });
    return child;
  }

  private ended(child: ChildProcess, reason: string): void {
    if (this.child !== child) return;
    this.child = undefined;
    this.settle?.({ reason });
  }
}
