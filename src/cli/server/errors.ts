import { LexelError } from '../../gpu/errors.ts';

/** What a request cannot have, with the HTTP status that says so. */
export class RequestError extends LexelError {
  override name = 'RequestError';

  constructor(
    readonly status: number,
    code: string,
    message: string,
    hint: string,
    /** Further headers of the answer. */
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message, { code, hint });
  }
}

/** Statuses of errors that do not carry one. Everything else is a fault of the server: 500. */
const STATUS: Readonly<Record<string, number>> = {
  BAD_IMAGE: 422,
  ARGUMENT: 400,
  DEVICE_LOST: 503,
  OUT_OF_MEMORY: 503,
};

export interface ErrorAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly error: { readonly code: string; readonly message: string; readonly hint?: string };
}

/** How an error is answered. What is no LexelError keeps its text to itself: it may name paths of this machine. */
export function answerOf(error: unknown): ErrorAnswer {
  if (error instanceof LexelError) {
    const { code, message, hint } = error;
    const status = error instanceof RequestError ? error.status : (STATUS[code] ?? 500);
    return { status, headers: error instanceof RequestError ? error.headers : {}, error: { code, message, hint } };
  }
  const hint = "See the server's own output.";
  return { status: 500, headers: {}, error: { code: 'INTERNAL', message: 'serve: internal error', hint } };
}
