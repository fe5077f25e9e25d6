import type { ErrorCode } from './error-codes.ts';

/**
 * The one error class of the system: `code` is stable (a row each in docs/errors.md), `retryable` says whether
 * the same call may succeed later, `cause` keeps what was thrown below. The message is for a person and holds
 * no secret.
 */
export class OdoopbxError extends Error {
  override readonly name = 'OdoopbxError';
  readonly code: ErrorCode;
  readonly retryable: boolean;

  constructor(code: ErrorCode, message: string, options: { retryable?: boolean; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? false;
  }
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
