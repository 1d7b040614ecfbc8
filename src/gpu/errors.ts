/**
 * Every error a user can meet. The text has one form: *what: expected, got; remedy*.
 * `name` and `code` are literals, so that minified builds keep them.
 */
export interface LexelErrorOptions {
  /** A stable, upper-case identifier to branch on. */
  code?: string;
  /** What to do about it, one sentence. */
  hint?: string;
  cause?: unknown;
}

export class LexelError extends Error {
  override name = 'LexelError';
  readonly code: string;
  readonly hint?: string;

  constructor(message: string, options: LexelErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code ?? 'LEXEL';
    this.hint = options.hint;
  }
}

/** A tensor has a shape the op cannot take. */
export class ShapeError extends LexelError {
  override name = 'ShapeError';
  constructor(message: string, options: LexelErrorOptions = {}) {
    super(message, { code: 'SHAPE', ...options });
  }
}

/** An argument is outside its range or of the wrong kind. */
export class ArgumentError extends LexelError {
  override name = 'ArgumentError';
  constructor(message: string, options: LexelErrorOptions = {}) {
    super(message, { code: 'ARGUMENT', ...options });
  }
}

/** Something asked for a gradient that does not exist. */
export class GradientError extends LexelError {
  override name = 'GradientError';
  constructor(message: string, options: LexelErrorOptions = {}) {
    super(message, { code: 'GRADIENT', ...options });
  }
}

/** A tensor, module or device was used after its end. */
export class DisposedError extends LexelError {
  override name = 'DisposedError';
  constructor(message: string, options: LexelErrorOptions = {}) {
    super(message, { code: 'DISPOSED', ...options });
  }
}

/** The adapter lacks a feature or a limit. */
export class UnsupportedError extends LexelError {
  override name = 'UnsupportedError';
  constructor(message: string, options: LexelErrorOptions = {}) {
    super(message, { code: 'UNSUPPORTED', ...options });
  }
}

/** No usable WebGPU adapter. */
export class NoWebGpuError extends UnsupportedError {
  override name = 'NoWebGpuError';
  constructor(message: string, options: LexelErrorOptions = {}) {
    super(message, { code: 'NO_WEBGPU', ...options });
  }
}

/** A kernel did not compile, or the device refused a command. */
export class ShaderError extends LexelError {
  override name = 'ShaderError';
  constructor(message: string, options: LexelErrorOptions = {}) {
    super(message, { code: 'SHADER', ...options });
  }
}

/** The device went away; everything pending on it is rejected with this. */
export class DeviceLostError extends LexelError {
  override name = 'DeviceLostError';
  constructor(message: string, options: LexelErrorOptions = {}) {
    super(message, { code: 'DEVICE_LOST', ...options });
  }
}

/** The device ran out of memory. */
export class OutOfMemoryError extends LexelError {
  override name = 'OutOfMemoryError';
  constructor(message: string, options: LexelErrorOptions = {}) {
    super(message, { code: 'OUT_OF_MEMORY', ...options });
  }
}

/** A file (model, checkpoint, labels) is not what it should be. */
export class FormatError extends LexelError {
  override name = 'FormatError';
  constructor(message: string, options: LexelErrorOptions = {}) {
    super(message, { code: 'FORMAT', ...options });
  }
}

/** A value became infinite or NaN. */
export class NonFiniteError extends LexelError {
  override name = 'NonFiniteError';
  constructor(message: string, options: LexelErrorOptions = {}) {
    super(message, { code: 'NON_FINITE', ...options });
  }
}

/** An image cannot be read. */
export class ImageError extends LexelError {
  override name = 'ImageError';
  constructor(message: string, options: LexelErrorOptions = {}) {
    super(message, { code: 'BAD_IMAGE', ...options });
  }
}

/** The caller's AbortSignal fired. */
export class AbortedError extends LexelError {
  override name = 'AbortedError';
  constructor(message: string, options: LexelErrorOptions = {}) {
    super(message, { code: 'ABORTED', ...options });
  }
}
