import { OdoopbxError } from '#core/errors/odoopbx-error.ts';

/** The wall clock of one IANA zone. */
export interface LocalTime {
  /**
   * Unix milliseconds of a wall time `YYYY-MM-DD HH:MM:SS`, undefined when it is none. In the hour that comes
   * twice when summer time ends, the reading nearer to `nearMs` (the first, without it); a time that the clock
   * jumped over is read with the offset from before the jump.
   */
  toUnix(wallTime: string, nearMs?: number): number | undefined;
  /** The wall time at an instant. */
  toWall(unixMs: number): string;
}

const wallTimePattern = /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)$/;
const dayMs = 86_400_000;
// Offsets change on the quarter of an hour at the finest, in every zone and at every time since 1972.
const quarterMs = 900_000;
const maxCached = 2000;

export function systemTimeZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** `2026-11-22 19:59:37`, in UTC. */
export function utcText(unixMs: number): string {
  return new Date(unixMs).toISOString().slice(0, 19).replace('T', ' ');
}

/** Throws CONFIG_INVALID for a zone that is not known. */
export function localTime(timeZone: string): LocalTime {
  const format = formatOf(timeZone);
  const offsets = new Map<number, number>();
  const offsetAt = (unixMs: number): number => {
    const quarter = Math.floor(unixMs / quarterMs) * quarterMs;
    const known = offsets.get(quarter);
    if (known !== undefined) return known;
    if (offsets.size >= maxCached) offsets.clear();
    const offset = wallMs(format, quarter) - quarter;
    offsets.set(quarter, offset);
    return offset;
  };
  return {
    toUnix: (wallTime, nearMs) => {
      const wall = readWallTime(wallTime);
      if (wall === undefined) return undefined;
      const before = wall - offsetAt(wall - dayMs);
      const after = wall - offsetAt(wall + dayMs);
      const readings = [before, after].filter((unixMs) => unixMs + offsetAt(unixMs) === wall);
      const [first = before, second = first] = readings;
      if (nearMs === undefined) return Math.min(first, second);
      return Math.abs(first - nearMs) <= Math.abs(second - nearMs) ? first : second;
    },
    toWall: (unixMs) => utcText(unixMs + offsetAt(unixMs)),
  };
}

function readWallTime(text: string): number | undefined {
  const [, ...fields] = wallTimePattern.exec(text) ?? [];
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = fields.map(Number);
  if (fields.length === 0) return undefined;
  const wall = Date.UTC(year, month - 1, day, hour, minute, second);
  return Number.isFinite(wall) && utcText(wall) === text ? wall : undefined;
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      calendar: 'gregory',
      numberingSystem: 'latn',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch (error) {
    throw new OdoopbxError(
      'CONFIG_INVALID',
      `"${timeZone}" is not a time zone; write it like Europe/Berlin`,
      {
        cause: error,
      },
    );
  }
}

/** The wall clock at an instant, as if it were UTC. */
function wallMs(format: Intl.DateTimeFormat, unixMs: number): number {
  const fields = new Map(format.formatToParts(unixMs).map(({ type, value }) => [type, Number(value)]));
  const field = (type: Intl.DateTimeFormatPartTypes) => fields.get(type) ?? 0;
  return Date.UTC(
    field('year'),
    field('month') - 1,
    field('day'),
    field('hour'),
    field('minute'),
    field('second'),
  );
}
