import { OdoopbxError } from '../errors/odoopbx-error.ts';

/** A message may quote the value that Python choked on. */
const maxMessageLength = 300;

/** CONDITION_SYNTAX: the condition is not in the language. The message says what is allowed there. */
export class ConditionSyntaxError extends OdoopbxError {
  /** 1-based, in code points. */
  readonly column: number;

  constructor(message: string, column: number) {
    super('CONDITION_SYNTAX', `${message} (column ${column})`);
    this.column = column;
  }
}

/** CONDITION_FAILED: Python would have raised, or the condition went over a limit of ours. */
export class ConditionFailedError extends OdoopbxError {
  /** Name of the Python exception class; 'LimitExceeded' where the limit is ours. */
  readonly exception: string;

  constructor(exception: string, message: string) {
    super('CONDITION_FAILED', `${exception}: ${message.slice(0, maxMessageLength)}`);
    this.exception = exception;
  }
}

export function typeError(message: string): ConditionFailedError {
  return new ConditionFailedError('TypeError', message);
}

export function valueError(message: string): ConditionFailedError {
  return new ConditionFailedError('ValueError', message);
}

export function overflowError(message: string): ConditionFailedError {
  return new ConditionFailedError('OverflowError', message);
}

/** The Python exception's class of anything that a condition threw. */
export function exceptionOf(error: unknown): string {
  return error instanceof ConditionFailedError ? error.exception : 'Error';
}
