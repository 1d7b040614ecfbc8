import { LexelError } from '../../gpu/index.ts';

/** What went wrong in the data room; `code` is stable, the message carries the fix. */
export type DataErrorCode =
  | 'NO_FONTS'
  | 'NO_CANVAS'
  | 'NO_DICTIONARY'
  | 'NO_WORDS'
  | 'BAD_OPTION'
  | 'RENDER_FAILED'
  | 'WORKER_FAILED'
  | 'CLOSED'
  | 'BAD_LABELS';

/** Error of the word generator, the label reader and the worker stream. */
export class DataError extends LexelError {
  override name = 'DataError';
  declare readonly code: DataErrorCode;

  constructor(code: DataErrorCode, message: string, options?: ErrorOptions) {
    super(message, { code, cause: options?.cause });
  }
}
