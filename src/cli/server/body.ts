import type { IncomingMessage } from 'node:http';
import { RequestError } from './errors.ts';

/** A picture of a request. */
export interface Part {
  /** The name of its file, or of its field; undefined where the body is the picture itself. */
  readonly name: string | undefined;
  readonly bytes: Uint8Array;
}

export interface BodyLimits {
  readonly maxBytes: number;
  /** How long the whole body may take to come. */
  readonly timeoutMs: number;
}

function tooLarge(maxBytes: number): RequestError {
  return new RequestError(
    413,
    'BODY_TOO_LARGE',
    `body: expected at most ${maxBytes} bytes, got more`,
    'Crop or scale the picture, send fewer at once, or start the server with a larger --max-body.',
  );
}

/** @throws RequestError BODY_TOO_LARGE where the request says so itself, before any of it is read */
export function checkLength(request: IncomingMessage, maxBytes: number): void {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
}

/**
 * The whole body.
 * @throws RequestError BODY_TOO_LARGE, BODY_TIMEOUT, CLIENT_GONE
 */
export function readBody(request: IncomingMessage, { maxBytes, timeoutMs }: BodyLimits): Promise<Buffer> {
  return new Promise((done, fail) => {
    const parts: Buffer[] = [];
    let size = 0;
    const end = (finish: () => void): void => {
      clearTimeout(timer);
      request.removeAllListeners('data');
      finish();
      // What still comes is thrown away, so that the client gets to read the answer.
      request.resume();
    };
    const timer = setTimeout(
      () =>
        end(() =>
          fail(
            new RequestError(
              408,
              'BODY_TIMEOUT',
              `body: expected all of it within ${timeoutMs / 1000} s`,
              'Send it again, or start the server with a longer --body-timeout.',
              { connection: 'close' },
            ),
          ),
        ),
      timeoutMs,
    );
    request.on('data', (part: Buffer) => {
      parts.push(part);
      size += part.length;
      if (size > maxBytes) end(() => fail(tooLarge(maxBytes)));
    });
    request.on('end', () => end(() => done(Buffer.concat(parts, size))));
    request.on('close', () =>
      end(() => fail(new RequestError(400, 'CLIENT_GONE', 'body: the connection was closed', 'Send it again.'))),
    );
    request.on('error', () => undefined);
  });
}

function noPicture(): RequestError {
  return new RequestError(
    400,
    'NO_IMAGE',
    'body: expected a picture, got none',
    'Send the bytes of a PNG or JPEG as the body, or as files of a form (multipart/form-data).',
  );
}

/** Fields beside the pictures that a form may have; they are not looked at. */
const MAX_FIELDS = 100;

function tooMany(maxImages: number): RequestError {
  return new RequestError(
    413,
    'TOO_MANY_IMAGES',
    `body: expected at most ${maxImages} pictures and ${MAX_FIELDS} other fields, got more`,
    `Send at most ${maxImages} pictures at once, or start the server with a larger --max-queue.`,
  );
}

/** Whether the boundary of a form is there more than `limit` times: parsing takes 0.1 ms a part. */
function hasMoreParts(body: Buffer, type: string, limit: number): boolean {
  const [, quoted, bare = quoted] = /boundary=(?:"([^"]+)"|([^\s;"]+))/i.exec(type) ?? [];
  if (bare === undefined) return false;
  const line = `--${bare}`;
  let count = 0;
  for (let at = body.indexOf(line); at >= 0 && count <= limit; at = body.indexOf(line, at + line.length)) count++;
  return count > limit;
}

/**
 * The pictures of a body: itself, or the files of a form.
 * @param maxImages how many a form may have
 * @throws RequestError NO_IMAGE, BAD_FORM, BAD_TYPE, TOO_MANY_IMAGES
 */
export async function partsOf(body: Buffer, type: string | undefined, maxImages: number): Promise<Part[]> {
  const kind = (type ?? '').split(';')[0].trim().toLowerCase();
  if (kind === 'multipart/form-data') return formParts(body, type ?? '', maxImages);
  // curl --data-binary says that it sends a form; the picture's own first bytes decide.
  if (kind !== '' && !/^(image\/.*|application\/octet-stream|application\/x-www-form-urlencoded)$/.test(kind))
    throw new RequestError(
      415,
      'BAD_TYPE',
      `body: expected image/png, image/jpeg or multipart/form-data, got ${kind}`,
      'Set the content-type to that of the picture.',
    );
  if (body.length === 0) throw noPicture();
  return [{ name: undefined, bytes: body }];
}

async function formParts(body: Buffer, type: string, maxImages: number): Promise<Part[]> {
  if (hasMoreParts(body, type, maxImages + MAX_FIELDS)) throw tooMany(maxImages);
  let form: FormData;
  try {
    form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData();
  } catch {
    throw new RequestError(
      400,
      'BAD_FORM',
      'body: expected a form (multipart/form-data), got something that does not parse as one',
      'Let the client make the form and its content-type, with the boundary in it.',
    );
  }
  const parts: Part[] = [];
  for (const [field, value] of form)
    if (typeof value !== 'string')
      parts.push({ name: value.name || field, bytes: new Uint8Array(await value.arrayBuffer()) });
  if (parts.length === 0) throw noPicture();
  if (parts.length > maxImages) throw tooMany(maxImages);
  return parts;
}
