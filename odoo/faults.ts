import * as z from 'zod';
import type { ErrorCode } from '#core/errors/error-codes.ts';
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';

/** Characters of a traceback that are kept: its end says what happened. */
const maxTraceback = 8000;
const maxMessage = 1000;

/** What Odoo says of an exception: `error.data` of JSON-RPC, or the body of a failed JSON-2 call. */
const faultSchema = z.object({
  name: z.string(),
  message: z.string().nullish(),
  debug: z.string().nullish(),
});
export type FaultData = z.infer<typeof faultSchema>;

export interface CalledMethod {
  readonly model: string;
  readonly method: string;
}

/** An error that Odoo answered with. */
export class OdooFault extends OdoopbxError {
  /** The Python exception, `odoo.exceptions.UserError`; undefined where a proxy answered. */
  readonly exception: string | undefined;
  /** The end of Odoo's traceback. */
  readonly traceback: string | undefined;
  /** What the server asked to wait, in seconds. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    details: {
      retryable: boolean;
      exception?: string | undefined;
      traceback?: string | undefined;
      retryAfterSeconds?: number | undefined;
    },
  ) {
    super(code, message, { retryable: details.retryable });
    this.exception = details.exception;
    this.traceback = details.traceback?.slice(-maxTraceback);
    this.retryAfterSeconds = details.retryAfterSeconds;
  }
}

/** `value` as an Odoo exception, or undefined when it has not the shape of one. */
export function parseFault(value: unknown): FaultData | undefined {
  const parsed = faultSchema.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}

/** The error for an exception that Odoo reported on a call. */
export function faultOf(data: FaultData, called: CalledMethod): OdooFault {
  // Odoo 8 and 9 were called openerp.
  const exception = data.name.replace(/^openerp\./, 'odoo.');
  const reason = (data.message ?? '').trim().slice(0, maxMessage);
  const { code, retryable } = classify(exception, reason, called);
  return new OdooFault(code, sentence(code, exception, reason, called), {
    retryable,
    exception,
    traceback: data.debug ?? undefined,
  });
}

type Verdict = { code: ErrorCode; retryable: boolean };

function classify(exception: string, message: string, called: CalledMethod): Verdict {
  if (isMissing(exception, message, called)) return { code: 'ODOO_NOT_FOUND', retryable: false };
  if (exception.startsWith('psycopg2.')) return ofDatabase(exception, message);
  const known = byException[exception];
  if (known !== undefined) return known;
  if (exception.startsWith('werkzeug.exceptions.')) return { code: 'ODOO_BAD_ANSWER', retryable: false };
  return { code: 'ODOO_METHOD_RAISED', retryable: false };
}

const byException: Readonly<Record<string, Verdict>> = {
  'odoo.exceptions.AccessDenied': { code: 'ODOO_AUTHENTICATION', retryable: true },
  'odoo.http.SessionExpiredException': { code: 'ODOO_AUTHENTICATION', retryable: true },
  'odoo.http.SessionExpired': { code: 'ODOO_AUTHENTICATION', retryable: true },
  'werkzeug.exceptions.Unauthorized': { code: 'ODOO_AUTHENTICATION', retryable: true },
  'odoo.exceptions.AccessError': { code: 'ODOO_ACCESS_DENIED', retryable: false },
  'werkzeug.exceptions.Forbidden': { code: 'ODOO_ACCESS_DENIED', retryable: false },
  'werkzeug.exceptions.NotFound': { code: 'ODOO_NOT_FOUND', retryable: false },
  // JSON-2: the parameters do not fit the method's signature.
  'werkzeug.exceptions.UnprocessableEntity': { code: 'ODOO_METHOD_RAISED', retryable: false },
  'werkzeug.exceptions.TooManyRequests': { code: 'ODOO_BUSY', retryable: true },
  'werkzeug.exceptions.ServiceUnavailable': { code: 'ODOO_BUSY', retryable: true },
  'odoo.exceptions.ConcurrencyError': { code: 'ODOO_SERIALIZATION', retryable: true },
  'odoo.exceptions.LockError': { code: 'ODOO_SERIALIZATION', retryable: true },
  'odoo.sql_db.PoolError': { code: 'ODOO_BUSY', retryable: true },
};

const serialization = /\.(SerializationFailure|DeadlockDetected|LockNotAvailable|TransactionRollbackError)$/;
/** What psycopg2 raises because of the server's state, not because of the statement. */
const databaseBusy =
  /\.(OperationalError|InterfaceError|PoolError|QueryCanceled|QueryCanceledError|AdminShutdown|CrashShutdown|CannotConnectNow|TooManyConnections|InsufficientResources|DiskFull|OutOfMemory|ReadOnlySqlTransaction|IdleInTransactionSessionTimeout|ConnectionException|ConnectionFailure|DatabaseDropped|IoError)$/;

function ofDatabase(exception: string, message: string): Verdict {
  if (serialization.test(exception)) return { code: 'ODOO_SERIALIZATION', retryable: true };
  if (/database "[^"]*" does not exist/.test(message))
    return { code: 'ODOO_DATABASE_MISSING', retryable: true };
  if (databaseBusy.test(exception)) return { code: 'ODOO_BUSY', retryable: true };
  return { code: 'ODOO_METHOD_RAISED', retryable: false };
}

/** Odoo has no exception of its own for an unknown model or method: its words have to do. */
function isMissing(exception: string, message: string, { model, method }: CalledMethod): boolean {
  if (exception === 'odoo.exceptions.UserError') return message === `Object ${model} doesn't exist`;
  if (exception !== 'builtins.AttributeError' && exception !== 'exceptions.AttributeError') return false;
  return (
    message === `The method '${model}.${method}' does not exist` ||
    message === `type object '${model}' has no attribute '${method}'` ||
    message === `'${model}' object has no attribute '${method}'`
  );
}

function sentence(
  code: ErrorCode,
  exception: string,
  reason: string,
  { model, method }: CalledMethod,
): string {
  const name = exception.slice(exception.lastIndexOf('.') + 1);
  if (code === 'ODOO_AUTHENTICATION') return 'Odoo refused the login or the password (API key)';
  if (code === 'ODOO_DATABASE_MISSING') return 'Odoo does not have this database';
  if (code === 'ODOO_NOT_FOUND') return `Odoo has no ${model}.${method}: ${reason}`;
  if (code === 'ODOO_ACCESS_DENIED') return `Odoo's user may not call ${model}.${method}: ${reason}`;
  if (code === 'ODOO_SERIALIZATION') return `${model}.${method} met concurrent updates in Odoo (${name})`;
  return `${model}.${method} raised ${name}: ${reason}`;
}
