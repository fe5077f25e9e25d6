import * as z from 'zod';

const byteUnits: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KIB: 1024,
  MIB: 1024 ** 2,
  GIB: 1024 ** 3,
};
const durationUnits: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Bytes: a number, or text like `500MB` or `1.5 GiB`. */
export function bytesSchema(min: string, max: string) {
  return quantity(min, max, 'a size such as 500MB', (text) => {
    const match = /^(\d+(?:\.\d+)?)\s*([KMG]?I?B)$/i.exec(text);
    return match ? Number(match[1]) * (byteUnits[(match[2] ?? '').toUpperCase()] ?? Number.NaN) : Number.NaN;
  });
}

/** Milliseconds: text like `90s`, `12h` or `7d` (a bare number could mean anything). */
export function durationSchema(min: string, max: string) {
  return quantity(min, max, 'a duration such as 90s, 12h or 7d', (text) => {
    const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)$/.exec(text);
    return match ? Number(match[1]) * (durationUnits[match[2] ?? ''] ?? Number.NaN) : Number.NaN;
  });
}

function quantity(min: string, max: string, what: string, parse: (text: string) => number) {
  const expected = `must be ${what}, ${min} to ${max}`;
  return z
    .union([z.string(), z.number()], { error: expected })
    .transform((value) =>
      Math.round(typeof value === 'number' && what.includes('size') ? value : parse(String(value))),
    )
    .refine((value) => value >= parse(min) && value <= parse(max), expected);
}
