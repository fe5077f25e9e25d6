/**
 * Changes YAML line by line, so that nothing else of the operator's file moves: the library writes the whole
 * document anew, and comments that follow an empty value end up elsewhere. What these functions can not do
 * (mappings in braces) they refuse with undefined.
 */
import { isMap, isScalar, LineCounter, parseDocument, stringify, type Pair, type YAMLMap } from 'yaml';

type Path = readonly string[];

/** Adds a key behind the last one of the mapping at `path`. */
export function addLines(text: string, path: Path, name: string, value: object): string | undefined {
  const { lines, at, lineOf, key } = read(text);
  const map = at(path);
  if (!isMap(map) || !map.range) return undefined;
  if (map.items.length === 0) {
    // `tenants: {}` becomes `tenants:` and the lines below it.
    const parent = key(path);
    if (parent === undefined || lines[lineOf(map.range[0])]?.includes(': {}') !== true) return undefined;
    const line = lineOf(map.range[0]);
    lines[line] = lines[line]?.replace(': {}', ':') ?? '';
    lines.splice(line + 1, 0, ...entry(name, value, indentOf(lines[lineOf(parent)]) + 2));
    return lines.join('\n');
  }
  const first = map.items[0];
  if (map.flow || !first) return undefined;
  const added = entry(name, value, indentOf(lines[lineOf(startOf(first))]));
  const apart = path.length === 1 ? [''] : [];
  lines.splice(lastLine(map, lineOf) + 1, 0, ...apart, ...added);
  return lines.join('\n');
}

/** Removes a key of the mapping at `path`, with the comment right above it. */
export function removeLines(text: string, path: Path, name: string): string | undefined {
  const { lines, at, lineOf, key } = read(text);
  const map = at(path);
  const parent = key(path);
  const pair = isMap(map) ? map.items.find((item) => keyOf(item) === name) : undefined;
  if (!isMap(map) || map.flow || !pair || parent === undefined) return undefined;
  let start = lineOf(startOf(pair));
  const end = lineOf(endOf(pair)) + 1;
  const indent = indentOf(lines[start]);
  while (isCommentAt(lines[start - 1], indent)) start -= 1;
  const alone = map.items.length === 1;
  if (lines[start - 1]?.trim() === '' && !alone) start -= 1;
  lines.splice(start, end - start);
  if (alone) {
    const line = lineOf(parent);
    lines[line] = lines[line]?.replace(/:(\s*(#.*)?)$/, ': {}$1') ?? '';
  }
  return lines.join('\n');
}

function read(text: string) {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter });
  return {
    lines: text.split('\n'),
    at: (path: Path): unknown => document.getIn(path, true),
    lineOf: (offset: number): number => counter.linePos(offset).line - 1,
    /** Where the last key of the path itself begins. */
    key: (path: Path): number | undefined => {
      const map = document.getIn(path.slice(0, -1), true);
      const pair = isMap(map) ? map.items.find((item) => keyOf(item) === path.at(-1)) : undefined;
      return pair && startOf(pair);
    },
  };
}

function entry(name: string, value: object, indent: number): string[] {
  const text = stringify({ [name]: value }, { lineWidth: 0 }).trimEnd();
  return text.split('\n').map((line) => ' '.repeat(indent) + line);
}

function keyOf({ key }: Pair): unknown {
  return isScalar(key) ? key.value : key;
}

function startOf({ key }: Pair): number {
  return (isScalar(key) ? key.range?.[0] : undefined) ?? 0;
}

/** The last letter of the pair's value; of its key where it has none. */
function endOf(pair: Pair): number {
  const { value } = pair;
  if (isMap(value) && !value.flow) {
    const last = value.items.at(-1);
    if (last) return endOf(last);
  }
  const range = isNodeWithRange(value) ? value.range : undefined;
  return range && range[1] > range[0] ? range[1] - 1 : startOf(pair);
}

function lastLine(map: YAMLMap, lineOf: (offset: number) => number): number {
  const last = map.items.at(-1);
  return last ? lineOf(endOf(last)) : 0;
}

function isNodeWithRange(value: unknown): value is { range: [number, number, number] } {
  return typeof value === 'object' && value !== null && 'range' in value && Array.isArray(value.range);
}

function indentOf(line = ''): number {
  return line.length - line.trimStart().length;
}

function isCommentAt(line: string | undefined, indent: number): boolean {
  return line !== undefined && line.trimStart().startsWith('#') && indentOf(line) === indent;
}
