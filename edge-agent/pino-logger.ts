import { type DestinationStream, destination, pino } from 'pino';
import type { Logger } from '#core/ports/logger.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Field names whose value is never written, at the top and one level down. */
const secretFields = [
  'secret', 'password', 'apiKey', 'api_key', 'key', 'token', 'authorization', 'credentials', 'x-api-key',
]; // prettier-ignore

/**
 * JSON lines with `level` (a word), `time` (ISO 8601) and `msg`, to standard error unless told otherwise, so
 * that a command's own output stays clean. Written at once: the last line before a crash is the one that counts.
 */
export function createPinoLogger(options: { level: LogLevel; stream?: DestinationStream }): Logger {
  const log = pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: secretFields.flatMap((name) => [`["${name}"]`, `*["${name}"]`]),
        censor: '***',
      },
    },
    options.stream ?? destination({ dest: 2, sync: true }),
  );
  return {
    debug: (message, fields = {}) => log.debug(fields, message),
    info: (message, fields = {}) => log.info(fields, message),
    warn: (message, fields = {}) => log.warn(fields, message),
    error: (message, fields = {}) => log.error(fields, message),
  };
}
