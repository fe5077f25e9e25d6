import { OdoopbxError } from '#core/errors/odoopbx-error.ts';

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, min: 60, h: 3600, d: 86_400 };

/** Seconds of `24h`, `30m`, `7d`. Throws CONFIG_INVALID with the name of the option and the range. */
export function parseDuration(
  text: string,
  { option, min, max }: { option: string; min: string; max: string },
): number {
  const seconds = secondsOf(text);
  if (seconds !== undefined && seconds >= (secondsOf(min) ?? 0) && seconds <= (secondsOf(max) ?? 0)) {
    return seconds;
  }
  throw new OdoopbxError(
    'CONFIG_INVALID',
    `${option} must be ${min} to ${max} (such as 30m, 24h, 7d), it is ${JSON.stringify(text)}`,
  );
}

function secondsOf(text: string): number | undefined {
  const [, count, unit = ''] = /^(\d{1,6})\s*(s|m|min|h|d)$/.exec(text.trim()) ?? [];
  return count === undefined ? undefined : Number(count) * (unitSeconds[unit] ?? 0);
}

/** A whole number from the command line. Throws CONFIG_INVALID. */
export function parseCount(
  text: string,
  { option, min, max }: { option: string; min: number; max: number },
): number {
  const count = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (count >= min && count <= max) return count;
  throw new OdoopbxError(
    'CONFIG_INVALID',
    `${option} must be a whole number, ${min} to ${max}, it is ${JSON.stringify(text)}`,
  );
}
