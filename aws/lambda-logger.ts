import { Logger as PowertoolsLogger } from '@aws-lambda-powertools/logger';
import type { LogLevel } from '@aws-lambda-powertools/logger/types';
import type { Logger } from '#core/ports/logger.ts';

export interface LambdaLoggerOptions {
  /** The function's own name: `sweep`. */
  readonly service: string;
  /** In any case; default INFO. */
  readonly level?: string | undefined;
}

/** What Lambda hands a handler beside the event. */
export type LambdaContext = Extract<
  Parameters<PowertoolsLogger['addContext']>[0],
  { getRemainingTimeInMillis(): number }
>;

/** The log of a function. */
export interface LambdaLogger extends Logger {
  /** Puts the request's id and the function's name on the lines that follow. */
  begin(context: LambdaContext): void;
}

/** Fields whose value is never written, whatever put them there. */
const secretFields = new Set([
  'secret', 'password', 'apikey', 'api_key', 'key', 'token', 'authorization', 'credentials', 'x-api-key', 'csr', 'ticket',
]); // prettier-ignore

/** JSON lines with `level`, `timestamp`, `service` and `message`, by Powertools. */
export function createLambdaLogger({ service, level = 'INFO' }: LambdaLoggerOptions): LambdaLogger {
  const log = new PowertoolsLogger({
    serviceName: service,
    logLevel: level.toUpperCase() as LogLevel,
    jsonReplacerFn: (name: string, value: unknown) => (secretFields.has(name.toLowerCase()) ? '***' : value),
  });
  return {
    debug: (message, fields) => log.debug(message, besideReserved(fields)),
    info: (message, fields) => log.info(message, besideReserved(fields)),
    warn: (message, fields) => log.warn(message, besideReserved(fields)),
    error: (message, fields) => log.error(message, besideReserved(fields)),
    begin: (context) => log.addContext(context),
  };
}

/** What Powertools writes itself: a field of the same name it drops, with a line of its own that says so. */
const reserved = new Set(['level', 'message', 'sampling_rate', 'service', 'timestamp']);

function besideReserved(fields: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [reserved.has(name) ? `${name}_` : name, value]),
  );
}
