import type { Logger } from '#core/ports/logger.ts';

type Level = 'debug' | 'info' | 'warn' | 'error';

/** Keeps what is logged; `at` gives the fields of one level, with the message. */
export function recordingLogger(): Logger & { at(level: Level): Record<string, unknown>[] } {
  const lines: { level: Level; line: Record<string, unknown> }[] = [];
  const log = (level: Level) => (message: string, fields?: Record<string, unknown>) => {
    lines.push({ level, line: { message, ...fields } });
  };
  return {
    debug: log('debug'),
    info: log('info'),
    warn: log('warn'),
    error: log('error'),
    at: (level) => lines.filter((entry) => entry.level === level).map(({ line }) => line),
  };
}
