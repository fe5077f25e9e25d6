import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import { isRecord, problemsOf } from '#core/config/problems.ts';
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import { type Fleet, fleetSchema } from '#core/fleet/fleet.ts';

type Path = readonly (string | number)[];

/**
 * Validates fleet.yaml's text. Throws CONFIG_INVALID that lists all problems at once, one line each:
 * `fleet.yaml:12:10 tenants.acme.odoo.url: must be …, it is "…"`.
 */
export function parseFleet(text: string, name: string): Fleet {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    throw invalid(
      name,
      document.errors.map(({ pos, message }) => `${name}:${place(lines, pos[0])} ${message.split('\n')[0]}`),
    );
  }
  const input: unknown = document.toJS({ maxAliasCount: 100 });
  if (!isRecord(input))
    throw invalid(name, [`${name}: the file must be a mapping with "platform" and "tenants"`]);
  const parsed = fleetSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw invalid(
    name,
    problemsOf(parsed.error, fleetSchema, input).map(({ path, message }) => {
      const offset = offsetOf(document, path);
      const where = offset === undefined ? name : `${name}:${place(lines, offset)}`;
      return `${where} ${path.join('.') || '(all)'}: ${message}`;
    }),
  );
}

function place(lines: LineCounter, offset: number): string {
  const { line, col } = lines.linePos(offset);
  return `${line}:${col}`;
}

/** Where the value at a path begins; where there is none, where the nearest mapping around it does. */
function offsetOf(document: Document, path: Path): number | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true);
    const range = isNode(node) ? node.range : undefined;
    if (range) return range[0];
  }
  return undefined;
}

function invalid(name: string, problems: readonly string[]): OdoopbxError {
  const [first = ''] = problems;
  return new OdoopbxError(
    'CONFIG_INVALID',
    problems.length === 1
      ? first
      : `${name} has ${problems.length} problems:${problems.map((problem) => `\n  ${problem}`).join('')}`,
  );
}
