import type * as z from 'zod';
import { didYouMean } from './did-you-mean.ts';

export interface ConfigProblem {
  path: readonly (string | number)[];
  message: string;
}

const secretKeys = /^(secret|password|apiKey|key|token)/i;

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What zod found, with the offending value (secrets masked) and a suggestion for keys that nobody knows. */
export function problemsOf(error: z.ZodError, schema: z.ZodType, input: unknown): ConfigProblem[] {
  return error.issues.flatMap((issue): ConfigProblem[] => {
    const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
    if (issue.code === 'unrecognized_keys') {
      const known = keysAt(schema, path);
      return issue.keys.map((key) => ({ path: [...path, key], message: unknownKey(key, known) }));
    }
    if (issue.code === 'invalid_key') {
      return [{ path, message: issue.issues.map(({ message }) => message).join('; ') || issue.message }];
    }
    const value = path.reduce<unknown>(
      (at, part) => (isRecord(at) || Array.isArray(at) ? Reflect.get(at, part) : undefined),
      input,
    );
    // "Invalid input: expected object, received undefined" tells nobody more.
    if (value === undefined && issue.message.startsWith('Invalid input'))
      return [{ path, message: 'is missing' }];
    if (value === undefined) return [{ path, message: `is missing: ${issue.message}` }];
    return [{ path, message: `${wanted(issue)}, it is ${shown(path, value)}` }];
  });
}

const kinds: Readonly<Record<string, string>> = {
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
  string: 'text',
  number: 'a number',
  boolean: 'true or false',
};

/** The schema's own words, where it has any. */
function wanted(issue: z.core.$ZodIssue): string {
  const kind = issue.code === 'invalid_type' ? kinds[issue.expected] : undefined;
  return kind !== undefined && issue.message.startsWith('Invalid input') ? `must be ${kind}` : issue.message;
}

function unknownKey(key: string, known: readonly string[]): string {
  const suggestion = didYouMean(key, known);
  if (suggestion === undefined && known.length === 0) return 'is no setting';
  return suggestion === undefined
    ? `is no setting; there are ${known.join(', ')}`
    : `is no setting, did you mean ${suggestion}?`;
}

function shown(path: readonly (string | number)[], value: unknown): string {
  if (secretKeys.test(String(path.at(-1) ?? ''))) return '*** (not shown)';
  if (isRecord(value)) return 'a mapping';
  if (Array.isArray(value)) return 'a list';
  // A key in the place of a certificate, a password within an address.
  if (typeof value === 'string' && value.includes('PRIVATE KEY')) return '*** (not shown)';
  if (value === null) return 'empty';
  const text = JSON.stringify(value).replaceAll(/\/\/[^/@\s"]*@/g, '//***@');
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

interface Introspected {
  shape?: Record<string, Introspected>;
  def?: {
    innerType?: Introspected;
    in?: Introspected;
    options?: Introspected[];
    element?: Introspected;
    valueType?: Introspected;
  };
}

/** The keys that the schema knows at a path, through defaults, options and unions. */
function keysAt(schema: z.ZodType, path: readonly (string | number)[]): string[] {
  let places: Introspected[] = [schema as unknown as Introspected];
  for (const part of path) {
    places = places.flatMap(objectsIn).flatMap((at) => {
      const next = typeof part === 'number' ? at.def?.element : (at.shape?.[part] ?? at.def?.valueType);
      return next ? [next] : [];
    });
  }
  return places.flatMap(objectsIn).flatMap((at) => Object.keys(at.shape ?? {}));
}

function objectsIn(schema: Introspected): Introspected[] {
  if (schema.shape || schema.def?.element || schema.def?.valueType) return [schema];
  const inner = schema.def?.innerType ?? schema.def?.in;
  return inner ? objectsIn(inner) : (schema.def?.options ?? []).flatMap(objectsIn);
}
