import type { Command } from 'commander';
import { type CommandContext, decimal, integer } from './command.ts';
import { type DecodeFlags, decodeOptions } from './lexicon.ts';

export interface ServeOptions extends DecodeFlags {
  readonly host: string;
  readonly port: number;
  readonly model?: string;
  /** In MiB. */
  readonly maxBody: number;
  /** In seconds, as all times here. */
  readonly bodyTimeout: number;
  readonly readTimeout: number;
  readonly grace: number;
  readonly maxBatch: number;
  readonly maxQueue: number;
}

export function register(program: Command, { io, finish }: CommandContext): void {
  const command = program
    .command('serve')
    .description('serve the pages, and POST /read: pictures in, readings as JSON out')
    .option('--host <address>', 'where to listen; 0.0.0.0 lets others in', '127.0.0.1')
    .option('--port <n>', '0: any that is free', integer(0, 65_535), 8080)
    .option('--model <name|path>', 'a model that ships with lexel, or a .safetensors file')
    .option('--max-body <MiB>', 'refuse larger requests', decimal(0.001, 1024), 20)
    .option('--body-timeout <s>', 'how long a request may take to come in', decimal(0.05, 3600), 30)
    .option('--read-timeout <s>', 'how long a read may take, waiting included', decimal(0.05, 3600), 30)
    .option('--max-batch <n>', 'pictures of concurrent requests read at once', integer(1, 256), 32)
    .option('--max-queue <n>', 'pictures that may wait', integer(1, 100_000), 256)
    .option('--grace <s>', 'how long requests may take to end once the server is told to stop', decimal(0, 3600), 10);
  decodeOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  $ lexel serve
  $ curl --data-binary @word.png http://127.0.0.1:8080/read
  $ curl -F a=@one.png -F b=@two.jpg 'http://127.0.0.1:8080/read?topK=3'

Answers are {"readings": [...]}, in the order of the pictures; errors {"error": {"code", "message", "hint"}} with a
fitting status. GET /health says which model and adapter. Ctrl-C or SIGTERM lets requests end, then stops.`,
    )
    .action(async (options: ServeOptions) => {
      const { runServe } = await import('./serve-run.ts');
      finish(await runServe(options, io));
    });
}
