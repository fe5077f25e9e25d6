import { isRecord, type ConfigProblem } from '#core/config/problems.ts';

/** Keys whose value may live elsewhere, as `<key>File` or `<key>Env`. */
const singleLine = new Set(['secret', 'password', 'apiKey']);
const multiLine = new Set(['ca', 'cert', 'certificate', 'key']);
/** Read again when their file changes: the path is kept beside the text, as `<key>Path`. */
const reread = new Set(['cloud.certificate', 'cloud.key']);
/** Stands for a value that was not found and is reported: the schema needs not complain about it again. */
export const unresolved = 'missing';

export interface ExternalSources {
  /** What to call a setting that came from elsewhere, such as `events.secret`: AMI_SECRET. */
  variableOf?: (path: string) => string | undefined;
  env: Readonly<Record<string, string | undefined>>;
  /** Reads a file; throws when it can not. */
  readFile: (path: string) => string;
  /** The path that `readFile` reads. */
  resolvePath?: (path: string) => string;
}

/**
 * Puts what `secretFile: path` and `secretEnv: NAME` refer to in their places, in the whole tree. Problems are
 * added to `problems`; a value that is missing then stays undefined.
 */
export function resolveExternalValues(
  value: unknown,
  sources: ExternalSources,
  problems: ConfigProblem[],
  path: readonly (string | number)[] = [],
): unknown {
  if (Array.isArray(value)) {
    return value.map((one, index) => resolveExternalValues(one, sources, problems, [...path, index]));
  }
  if (!isRecord(value)) return value;
  const resolved: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value)) {
    const reference = referenceOf(key);
    if (!reference) {
      resolved[key] = resolveExternalValues(inner, sources, problems, [...path, key]);
      continue;
    }
    const where = [...path, key];
    if (
      Object.keys(value).some(
        (other) => other !== key && (referenceOf(other)?.name ?? other) === reference.name,
      )
    ) {
      problems.push({
        path: where,
        message: `give one of ${reference.name}, ${reference.name}File and ${reference.name}Env`,
      });
    }
    const found = fetch(reference, inner, sources);
    if ('problem' in found) problems.push({ path: where, message: found.problem });
    resolved[reference.name] = 'text' in found ? found.text : unresolved;
    const keptPath = reread.has([...path, reference.name].join('.')) && reference.kind === 'File';
    if (keptPath && typeof inner === 'string' && sources.resolvePath) {
      resolved[`${reference.name}Path`] = sources.resolvePath(inner);
    }
  }
  return resolved;
}

interface Reference {
  name: string;
  kind: 'File' | 'Env';
}

function referenceOf(key: string): Reference | undefined {
  const match = /^(.+)(File|Env)$/.exec(key);
  const name = match?.[1] ?? '';
  if (!singleLine.has(name) && !multiLine.has(name)) return undefined;
  return { name, kind: match?.[2] === 'File' ? 'File' : 'Env' };
}

function fetch(
  { name, kind }: Reference,
  source: unknown,
  sources: ExternalSources,
): { text: string } | { problem: string } {
  if (typeof source !== 'string' || source === '') {
    return { problem: kind === 'File' ? 'must be a path' : 'must be the name of an environment variable' };
  }
  let text: string | undefined;
  try {
    text = kind === 'File' ? sources.readFile(source) : sources.env[source];
  } catch (error) {
    return { problem: `can not be read: ${error instanceof Error ? error.message : String(error)}` };
  }
  if (text === undefined) return { problem: `the environment has no variable ${source}` };
  const trimmed = multiLine.has(name) ? text : text.replace(/[\r\n]+$/, '');
  if (trimmed === '') return { problem: `${source} is empty` };
  return { text: trimmed };
}
