import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseDocument } from 'yaml';
import type * as z from 'zod';
import { OdoopbxError, messageOf } from '#core/errors/odoopbx-error.ts';
import { type ExternalSources, resolveExternalValues } from './external-values.ts';
import { agentConfigSchema } from './schema.ts';
import { type ConfigProblem, isRecord, problemsOf } from '#core/config/problems.ts';

export interface ReadConfig<T> {
  config: T;
  /** What works but should not stay so, one line each. */
  warnings: string[];
}

/**
 * Reads a YAML configuration and validates all of it. Throws CONFIG_INVALID that lists every problem: path,
 * what is expected, what is there (secrets masked). Relative paths of `…File` start at the file's folder.
 */
export function readConfigFile<S extends z.ZodType>(
  path: string,
  schema: S,
  env: ExternalSources['env'],
): ReadConfig<z.output<S>> {
  let text: string;
  let mode: number;
  try {
    text = readFileSync(path, 'utf8');
    ({ mode } = statSync(path));
  } catch (error) {
    throw new OdoopbxError('CONFIG_INVALID', `${path} can not be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
  const resolvePath = (file: string) => resolve(dirname(path), file);
  const readFile = (file: string) => readFileSync(resolvePath(file), 'utf8');
  const config = parseConfig(text, schema, { name: path, env, readFile, resolvePath });
  // Its group may read it: root owns it and the service's group is given that right.
  const readable = (mode & 0o027) !== 0;
  return { config, warnings: readable ? [`${path} can be read by others: chmod 640 ${path}`] : [] };
}

/**
 * The state folder alone, for looking at a running agent: its secrets may be in an environment that is not
 * ours. Throws CONFIG_INVALID.
 */
export function readStateDir(path: string): string {
  let raw: unknown;
  try {
    raw = parseDocument(readFileSync(path, 'utf8')).toJS();
  } catch (error) {
    throw new OdoopbxError('CONFIG_INVALID', `${path} can not be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
  const parsed = agentConfigSchema.shape.stateDir.safeParse(isRecord(raw) ? raw['stateDir'] : undefined);
  if (parsed.success) return parsed.data;
  throw invalid(path, [`stateDir: ${parsed.error.issues[0]?.message ?? 'is not valid'}`]);
}

/** readConfigFile for text. `name` stands before the problems. */
export function parseConfig<S extends z.ZodType>(
  text: string,
  schema: S,
  sources: ExternalSources & { name: string },
): z.output<S> {
  const document = parseDocument(text, { prettyErrors: true });
  if (document.errors.length > 0) {
    throw invalid(
      sources.name,
      document.errors.map((error) => error.message.split('\n')[0] ?? error.code),
    );
  }
  return validateConfig(document.toJS({ maxAliasCount: 100 }), schema, sources);
}

/** The same for a value, as YAML would give it. */
export function validateConfig<S extends z.ZodType>(
  raw: unknown,
  schema: S,
  sources: ExternalSources & { name: string },
): z.output<S> {
  if (!isRecord(raw)) throw invalid(sources.name, ['the file must be a mapping of settings']);
  const problems: ConfigProblem[] = [];
  const input = resolveExternalValues(raw, sources, problems);
  const parsed = schema.safeParse(input);
  if (!parsed.success) problems.push(...problemsOf(parsed.error, schema, input));
  if (parsed.success && problems.length === 0) return parsed.data;
  const lines = problems.map(({ path, message }) => {
    const place = path.join('.') || '(all)';
    return `${sources.variableOf?.(place) ?? place}: ${message}`;
  });
  // One variable may stand for two settings.
  throw invalid(sources.name, [...new Set(lines)]);
}

function invalid(name: string, problems: readonly string[]): OdoopbxError {
  const [first = ''] = problems;
  const text = problems.length === 1 ? ` ${first}` : problems.map((problem) => `\n  ${problem}`).join('');
  return new OdoopbxError('CONFIG_INVALID', `${name}:${text}`);
}
