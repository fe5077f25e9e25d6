import { OdoopbxError } from '#core/errors/odoopbx-error.ts';

const isoInstant = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/;

/** Unix milliseconds of an ISO 8601 instant with its offset: which zone is meant is never guessed. */
export function parseInstant(text: string, option: string): number {
  const instant = isoInstant.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(instant)) return instant;
  throw new OdoopbxError(
    'CONFIG_INVALID',
    `${option} must be a time with its offset, such as 2026-11-20T08:00Z or 2026-11-20T09:00+01:00, it is ${JSON.stringify(text)}`,
  );
}
