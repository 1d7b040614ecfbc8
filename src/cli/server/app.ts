import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import sirv from 'sirv';
import type { Outcome } from '../../ocr/index.ts';
import { Batcher, type BatcherOptions, type BatchReader, type RequestDecode } from './batcher.ts';
import { type BodyLimits, checkLength, partsOf, readBody } from './body.ts';
import { answerOf, type ErrorAnswer, RequestError } from './errors.ts';

export interface AppOptions {
  readonly reader: BatchReader;
  /** What /health says beside its status. */
  readonly about: Readonly<Record<string, string>>;
  /** Folder of the built pages; undefined where there is none. */
  readonly demo: string | undefined;
  readonly body: BodyLimits;
  /** How long a read may take, waiting included. */
  readonly readTimeoutMs: number;
  readonly batch: BatcherOptions;
  /** Told of errors that are faults of the server. */
  onFault(error: unknown): void;
}

export interface App {
  readonly server: Server;
  /** Takes no more connections, lets what has begun end within `graceMs`, then cuts it off. */
  stop(graceMs: number): Promise<void>;
}

const PAGES = ['GET', 'HEAD'];

/** A server of the pages and of `POST /read`, not yet listening. */
export function createApp(options: AppOptions): App {
  const batcher = new Batcher(options.reader, options.batch);
  let stopping = false;
  const pages = options.demo === undefined ? undefined : sirv(options.demo, { etag: true });

  const send = (response: ServerResponse, status: number, body: unknown, headers = {}): void => {
    if (response.headersSent || response.destroyed) return;
    const text = `${JSON.stringify(body)}\n`;
    response.writeHead(status, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(text),
      'cache-control': 'no-store',
      ...(stopping && { connection: 'close' }),
      ...headers,
    });
    response.end(text);
  };

  const sendError = (response: ServerResponse, error: unknown): void => {
    const { status, headers, error: body } = answerOf(error);
    if (status >= 500 && !(error instanceof RequestError)) options.onFault(error);
    send(response, status, { error: body }, headers);
  };

  const read = async (request: IncomingMessage, response: ServerResponse, query: URLSearchParams): Promise<void> => {
    const decode = decodeOf(query);
    checkLength(request, options.body.maxBytes);
    const parts = await partsOf(await readBody(request, options.body), request.headers['content-type']);
    const gone = new AbortController();
    response.on('close', () => gone.abort(new RequestError(400, 'CLIENT_GONE', 'read: the client has gone', '')));
    const timer = setTimeout(
      () =>
        gone.abort(
          new RequestError(
            503,
            'READ_TIMEOUT',
            `read: expected an answer within ${options.readTimeoutMs / 1000} s`,
            'Send fewer pictures at once, or start the server with a longer --read-timeout.',
            { 'retry-after': '1' },
          ),
        ),
      options.readTimeoutMs,
    );
    try {
      const outcomes = await Promise.all(parts.map((part) => batcher.read(part.bytes, decode, gone.signal)));
      const failed = outcomes.flatMap((o) => (o.error ? [o.error] : []));
      // One picture, or none of several: the status says it too.
      const status = failed.length === outcomes.length ? answerOf(failed[0]).status : 200;
      if (parts.length === 1 && failed.length === 1) sendError(response, failed[0]);
      else send(response, status, { readings: outcomes.map((o, i) => toJson(o, parts[i].name)) });
    } finally {
      clearTimeout(timer);
    }
  };

  const route = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    if (pathname === '/read') {
      allow(request, ['POST'], pathname);
      await read(request, response, searchParams);
      return;
    }
    allow(request, PAGES, pathname);
    if (pathname === '/health') {
      send(response, 200, { status: stopping ? 'stopping' : 'ok', ...options.about, waiting: batcher.waiting });
      return;
    }
    const missing = new RequestError(
      404,
      'NOT_FOUND',
      `serve: nothing at ${pathname}`,
      'Pages are at /; post to /read.',
    );
    if (!pages) throw missing;
    pages(request, response, () => sendError(response, missing));
  };

  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    route(request, response).catch((error: unknown) => {
      sendError(response, error);
      // What is still to come is thrown away.
      request.resume();
    });
  };
  // A client that neither ends its body nor goes away is cut off, also where it was answered long ago.
  const server = createServer({ requestTimeout: options.body.timeoutMs + 5000 }, handle);
  // curl asks before it sends a large body: one that is too large is refused unsent.
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    if (Number(request.headers['content-length'] ?? 0) <= options.body.maxBytes) response.writeContinue();
    else response.setHeader('connection', 'close');
    handle(request, response);
  });

  return {
    server,
    async stop(graceMs) {
      stopping = true;
      const closed = new Promise<void>((done) => server.close(() => done()));
      const timer = setTimeout(() => server.closeAllConnections(), graceMs);
      await closed;
      clearTimeout(timer);
      await batcher.idle();
    },
  };
}

function allow(request: IncomingMessage, methods: readonly string[], path: string): void {
  const { method = '' } = request;
  if (methods.includes(method)) return;
  const list = methods.join(', ');
  throw new RequestError(405, 'BAD_METHOD', `${path}: expected ${list}, got ${method}`, `Use ${list}.`, {
    allow: list,
  });
}

/** The options of a read that a request may choose: `?topK=3&alphabet=0123456789`. */
function decodeOf(query: URLSearchParams): RequestDecode {
  for (const name of query.keys())
    if (name !== 'topK' && name !== 'alphabet')
      throw new RequestError(
        400,
        'ARGUMENT',
        `read: expected topK or alphabet in the query, got ${name}`,
        'Leave it out.',
      );
  const topK = query.get('topK');
  if (topK !== null && !(/^\d{1,3}$/.test(topK) && Number(topK) >= 1))
    throw new RequestError(400, 'ARGUMENT', `read: topK must be from 1 to 999, got ${topK}`, 'Use topK=3.');
  return {
    ...(topK !== null && { topK: Number(topK) }),
    ...(query.has('alphabet') && { alphabet: query.get('alphabet') ?? '' }),
  };
}

function toJson(
  outcome: Outcome,
  name: string | undefined,
): { name?: string } & (Outcome | Pick<ErrorAnswer, 'error'>) {
  const named = name === undefined ? {} : { name };
  return outcome.error ? { ...named, error: answerOf(outcome.error).error } : { ...named, ...outcome };
}
