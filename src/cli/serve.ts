import { type Command, InvalidArgumentError } from 'commander';
import type { Precision } from '../ocr/index.ts';
import { type CommandContext, decimal, integer, precisionOption } from './command.ts';
import { type DecodeFlags, decodeOptions } from './lexicon.ts';

export interface ServeOptions extends DecodeFlags {
  readonly host: string;
  readonly port: number;
  readonly model?: string;
  readonly precision?: Precision;
  /** In MiB. */
  readonly maxBody: number;
  /** In seconds, as all times here. */
  readonly bodyTimeout: number;
  readonly readTimeout: number;
  readonly grace: number;
  readonly maxBatch: number;
  readonly maxQueue: number;
  readonly allowOrigin?: readonly string[];
}

/** Collects the origins of an option that may be given several times. */
function origins(text: string, before: readonly string[] = []): string[] {
  const origin = URL.canParse(text) ? new URL(text).origin : 'null';
  if (!/^https?:/.test(origin) || new URL(text).href !== `${origin}/`)
    throw new InvalidArgumentError('Expected an origin such as https://example.org');
  return [...before, origin];
}

export function register(program: Command, { io, finish }: CommandContext): void {
  const command = program
    .command('serve')
    .description('serve the pages, and POST /read: pictures in, readings as JSON out')
    .option('--host <address>', 'where to listen; 0.0.0.0 lets others in', '127.0.0.1')
    .option('--port <n>', '0: any that is free', integer(0, 65_535), 8080)
    .option('--model <name|path>', 'a model that ships with lexel, or a .safetensors file')
    .addOption(precisionOption())
    .option('--max-body <MiB>', 'refuse larger requests', decimal(0.001, 1024), 20)
    .option('--body-timeout <s>', 'how long a request may take to come in', decimal(0.05, 3600), 30)
    .option('--read-timeout <s>', 'how long a read may take, waiting included', decimal(0.05, 3600), 30)
    .option('--max-batch <n>', 'pictures of concurrent requests read at once', integer(1, 256), 32)
    .option('--max-queue <n>', 'pictures that may wait, and the most a form may have', integer(1, 100_000), 256)
    .option('--allow-origin <origin>', "another site's pages that may post to /read; several times for more", origins)
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
fitting status. GET /health says which model and adapter. Ctrl-C or SIGTERM lets requests end, then stops.

Pages of other sites may not post to /read, except from origins that --allow-origin names. On a loopback address (the
default) no other site can pass for this machine either: Host must be localhost, *.localhost, 127.0.0.0/8, [::1] or the
host of such an origin, at any port. With another --host any Host will do.`,
    )
    .action(async (options: ServeOptions) => {
      const { runServe } = await import('./serve-run.ts');
      finish(await runServe(options, io));
    });
}
