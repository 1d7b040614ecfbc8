import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import sirv from 'sirv';

export interface PageRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly pathname: string;
  /** There is no such page. */
  missing(): void;
  /** Told of a page that could not be read; its answer may have begun. */
  failed(error: Error): void;
}

/** Answers with the files that a folder holds now; those added later are missing. */
export function pagesOf(folder: string): (asked: PageRequest) => void {
  const serve = sirv(folder, { etag: true });
  return ({ request, response, pathname, missing, failed }) => {
    request.url = pathname;
    // Pages come whole: ranges are optional, and sirv never answers some of those that cannot be satisfied.
    request.headers.range = undefined;
    // A file may be gone by now, and a client before the end: sirv looks after neither.
    response.once('pipe', (file: Readable) => {
      file.once('error', failed);
      response.once('close', () => file.destroy());
    });
    serve(request, response, missing);
  };
}
