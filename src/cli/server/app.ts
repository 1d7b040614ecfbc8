import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Outcome } from '../../ocr/index.ts';
import { Batcher, type BatcherOptions, type BatchReader, type RequestDecode } from './batcher.ts';
import { type BodyLimits, checkLength, partsOf, readBody } from './body.ts';
import { limitedServer, stopper } from './connections.ts';
import { answerOf, type ErrorAnswer, RequestError } from './errors.ts';
import { checkHost, checkOrigin, isLoopback, targetOf } from './guard.ts';
import { pagesOf } from './pages.ts';

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
  /** Origins of other sites (`https://example.org`) whose pages may post, and whose host names are answered to. */
  readonly allowOrigins: readonly string[];
  /** Told of errors that are faults of the server. */
  onFault(error: unknown): void;
}

export interface App {
  readonly server: Server;
  /** Takes no more connections, lets what has begun end within `graceMs`, then cuts it off. */
  stop(graceMs: number): Promise<void>;
}

/** A request under way. */
interface Exchange {
  readonly target: URL;
  /** Lets a client that asked first send its body. */
  proceed(): void;
}

const PAGES = ['GET', 'HEAD'];

/** A server of the pages and of `POST /read`, not yet listening. */
export function createApp(options: AppOptions): App {
  const { allowOrigins, body: limits, readTimeoutMs } = options;
  const batcher = new Batcher(options.reader, options.batch);
  let stopping = false;
  let loopback = true;
  const pages = options.demo === undefined ? undefined : pagesOf(options.demo);

  const send = (response: ServerResponse, status: number, body: unknown, headers = {}): void => {
    if (response.destroyed) return;
    // The status is out: all that is left is to cut the answer off.
    if (response.headersSent) {
      response.destroy();
      return;
    }
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

  const read = async (request: IncomingMessage, response: ServerResponse, exchange: Exchange): Promise<void> => {
    const decode = decodeOf(exchange.target.searchParams);
    checkLength(request, limits.maxBytes);
    const gone = new AbortController();
    response.on('close', () => gone.abort(new RequestError(400, 'CLIENT_GONE', 'read: the client has gone', '')));
    exchange.proceed();
    const type = request.headers['content-type'];
    const parts = await partsOf(await readBody(request, limits), type, options.batch.maxQueue);
    const timer = setTimeout(
      () =>
        gone.abort(
          new RequestError(
            503,
            'READ_TIMEOUT',
            `read: expected an answer within ${readTimeoutMs / 1000} s`,
            'Send fewer pictures at once, or start the server with a longer --read-timeout.',
            { 'retry-after': '1' },
          ),
        ),
      readTimeoutMs,
    );
    try {
      const images = parts.map((part) => part.bytes);
      const outcomes = await batcher.read(images, decode, gone.signal);
      const failed = outcomes.flatMap((o) => (o.error ? [o.error] : []));
      // One picture, or none of several: the status says it too.
      const status = failed.length === outcomes.length ? answerOf(failed[0]).status : 200;
      if (parts.length === 1 && failed.length === 1) sendError(response, failed[0]);
      else send(response, status, { readings: outcomes.map((o, i) => toJson(o, parts[i].name)) });
    } finally {
      clearTimeout(timer);
    }
  };

  const post = async (request: IncomingMessage, response: ServerResponse, exchange: Exchange): Promise<void> => {
    checkOrigin(request, exchange.target, allowOrigins);
    const { origin } = request.headers;
    const foreign = origin !== undefined && allowOrigins.includes(origin);
    if (foreign) {
      response.setHeader('access-control-allow-origin', origin);
      response.setHeader('vary', 'origin');
    }
    // A browser asks before it sends a picture to another origin.
    if (foreign && request.method === 'OPTIONS') {
      response.setHeader('access-control-allow-headers', 'content-type');
      response.writeHead(204).end();
      return;
    }
    allow(request, ['POST'], exchange.target.pathname);
    await read(request, response, exchange);
  };

  const page = (request: IncomingMessage, response: ServerResponse, pathname: string): void => {
    const missing = (): void =>
      sendError(
        response,
        new RequestError(404, 'NOT_FOUND', `serve: nothing at ${pathname}`, 'Pages are at /; post to /read.'),
      );
    if (!pages) missing();
    else pages({ request, response, pathname, missing, failed: (error) => sendError(response, error) });
  };

  const route = async (request: IncomingMessage, response: ServerResponse, proceed: () => void): Promise<void> => {
    if (stopping) response.setHeader('connection', 'close');
    const target = targetOf(request);
    if (loopback) checkHost(target, allowOrigins);
    const { pathname } = target;
    if (pathname === '/read') {
      await post(request, response, { target, proceed });
      return;
    }
    allow(request, PAGES, pathname);
    if (pathname === '/health')
      send(response, 200, { status: stopping ? 'stopping' : 'ok', ...options.about, waiting: batcher.waiting });
    else page(request, response, pathname);
  };

  const handle = (request: IncomingMessage, response: ServerResponse, proceed = (): void => undefined): void => {
    route(request, response, proceed).catch((error: unknown) => {
      sendError(response, error);
      // What is still to come is thrown away.
      request.resume();
    });
  };
  const server = limitedServer({ requestMs: limits.timeoutMs, answerMs: readTimeoutMs }, (request, response) =>
    handle(request, response),
  );
  const end = stopper(server);
  server.on('listening', () => {
    const address = server.address();
    loopback = typeof address !== 'object' || address === null || isLoopback(address.address);
  });
  // curl asks before it sends a large body: one that is refused stays unsent.
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    response.setHeader('connection', 'close');
    handle(request, response, () => {
      response.removeHeader('connection');
      response.writeContinue();
    });
  });

  return {
    server,
    async stop(graceMs) {
      stopping = true;
      await end(graceMs);
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
