import { existsSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { LexelError } from '../gpu/index.ts';
import { viewsTaken } from '../nn/index.ts';
import { createRecognizer } from '../ocr/index.ts';
import type { Io } from './io.ts';
import { loadLanguageModel, loadLexicon } from './lexicon.ts';
import { type ExitCode, reportError } from './report.ts';
import type { ServeOptions } from './serve.ts';
import { type App, createApp } from './server/app.ts';

/** Beside this file in the package: dist/demo. */
const DEMO = fileURLToPath(new URL('../demo', import.meta.url));

const WHY: Readonly<Record<string, readonly [string, string]>> = {
  EADDRINUSE: ['the port is in use', 'Choose another with --port; 0 takes any that is free.'],
  EACCES: ['permission denied', 'Ports below 1024 are for root: choose another with --port.'],
  EADDRNOTAVAIL: ['this machine has no such address', 'Choose another with --host.'],
  ENOTFOUND: ['no such host', 'Choose another with --host.'],
};

/** Listens. @throws LexelError (code LISTEN) */
async function listen(app: App, host: string, port: number): Promise<AddressInfo> {
  try {
    await new Promise<void>((done, fail) => {
      app.server.once('error', fail);
      app.server.listen(port, host, done);
    });
    return app.server.address() as AddressInfo;
  } catch (cause) {
    const { code = '', message } = cause as NodeJS.ErrnoException;
    const [why, hint] = WHY[code] ?? [message, 'Choose another --host or --port.'];
    throw new LexelError(`serve: ${host}:${port}: ${why}`, { code: 'LISTEN', hint, cause });
  }
}

/** Resolves at the first SIGINT or SIGTERM; a second one then ends the process as ever. */
function toldToStop(): Promise<void> {
  return new Promise((done) => {
    const stop = (): void => {
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
      done();
    };
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
  });
}

/**
 * Serves until told to stop.
 * @returns 0 once everything that had begun has ended
 * @throws LexelError (code LISTEN) where it cannot listen, and what createRecognizer throws
 */
export async function runServe(options: ServeOptions, io: Io): Promise<ExitCode> {
  const { host, port, model, precision, beamWidth, outsideFactor, views, maxBatch, maxQueue } = options;
  const lexicon = options.lexicon === undefined ? undefined : await loadLexicon(options.lexicon);
  const stop = toldToStop();
  await using ocr = await createRecognizer({ model, precision });
  viewsTaken(views ?? 1, ocr.info.normalisation);
  const languageModel =
    options.languageModel === undefined ? undefined : await loadLanguageModel(options.languageModel, ocr.info.alphabet);
  const app = createApp({
    reader: ocr,
    about: { model: ocr.info.name, adapter: ocr.adapter.description },
    demo: existsSync(DEMO) ? DEMO : undefined,
    body: { maxBytes: Math.floor(options.maxBody * 2 ** 20), timeoutMs: options.bodyTimeout * 1000 },
    readTimeoutMs: options.readTimeout * 1000,
    batch: { maxBatch, maxQueue, decode: { beamWidth, outsideFactor, lexicon, languageModel, views } },
    allowOrigins: options.allowOrigin ?? [],
    onFault: (error) => reportError(error, io),
  });
  const { address, port: chosen } = await listen(app, host, port);
  io.out(`http://${address.includes(':') ? `[${address}]` : address}:${chosen}/\n`);
  io.err('lexel: serving; Ctrl-C stops\n');
  await stop;
  io.err('lexel: stopping\n');
  await app.stop(options.grace * 1000);
  return 0;
}
