import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import type { AmiEvent } from '#core/contracts/ami-event.ts';
import { ConditionFailedError, ConditionSyntaxError } from '#core/rules/condition-error.ts';
import { compileExpression } from '#core/rules/condition.ts';
import { pythonRepr } from '#core/rules/python-repr.ts';
import { compareText } from '#core/rules/python-text.ts';
import { isList, PySet, PyTuple, typeName, type PyValue } from '#core/rules/python-values.ts';
import { ConditionGenerator, generateEvent } from './condition-generator.ts';
import { SeededRandom } from './seeded-random.ts';

/** What a condition gives: a value with its types, the class of an exception, or "not in the language". */
type Answer = { v: unknown } | { x: string } | { s: string } | { n: true };
interface Case {
  condition: string;
  event: number;
}

const seed = Number(process.env['FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const count = Number(process.env['FUZZ_CASES'] ?? 24_000);
const hasPython = spawnSync('python3', ['--version']).status === 0;

test('python3 is there to compare with', () => {
  if (!hasPython) console.warn('python3 is not installed: conditions are NOT compared with Python here');
  expect(hasPython || process.env['CI'] === undefined, 'CI needs python3').toBe(true);
});

describe.skipIf(!hasPython)('conditions and python3 agree', () => {
  test(`on ${count} generated expressions (FUZZ_SEED=${seed})`, { timeout: 600_000 }, async () => {
    const random = new SeededRandom(seed);
    const generator = new ConditionGenerator(random);
    const events = Array.from({ length: 60 }, () => generateEvent(random));
    const cases = Array.from({ length: count }, () => ({
      condition: random.chance(0.85) ? generator.expression() : generator.damaged(),
      event: random.below(events.length),
    }));
    const seen = await compare(cases, events);
    // A generator that makes nothing but errors would prove little.
    expect(seen.values).toBeGreaterThan(count * 0.35);
    expect(seen.exceptions).toBeGreaterThan(count * 0.1);
    expect(seen.refused).toBeGreaterThan(count * 0.05);
    expect(seen.notOffered).toBeLessThan(count * 0.03);
  });

  test('on the case, digits and white space of every character', { timeout: 60_000 }, async () => {
    const letters = charactersOf();
    const events = letters.map((Char): AmiEvent => ({ Event: '', Char, Word: `a${Char}` }));
    const condition =
      "[event['Char'].lower(), event['Word'].upper(), event['Char'].isdigit(), event['Word'].lower(), " +
      "(event['Word'] + event['Char'] + ' ').strip(), (event['Word'] + ' ' + event['Word']).split(), str([event['Char']])]";
    const numbers = "int(event['Char'] + '7')";
    const cases = letters.flatMap((_, event) =>
      [condition, numbers].map((source) => ({ condition: source, event })),
    );
    await compare(cases, events);
  });

  test('on the shared fixtures', async () => {
    const fixtures = JSON.parse(
      readFileSync(new URL('../../core/contracts/fixtures/v1/conditions.json', import.meta.url), 'utf8'),
    ) as { accept: { condition: string; event: AmiEvent }[]; refuse: { condition: string }[] };
    const events = fixtures.accept.map((fixture) => fixture.event);
    const accepted = fixtures.accept
      .map(({ condition }, event) => ({ condition, event }))
      .filter(({ condition }) => condition.trim() !== '');
    expect((await compare(accepted, events)).refused).toBe(0);
  });
});

/** They got an upper case in Unicode 16 and 17, after the Pythons that are about. */
const newUpperCase = 'ƛɤꟓꟕ';

/** Letters with case, digits, white space and what does not print; of the rest the first few thousand. */
function charactersOf(): string[] {
  const telling = /^[\p{Lu}\p{Ll}\p{Lt}\p{N}\p{Z}\p{Cc}\p{Cf}]$/u;
  const characters = Array.from({ length: 0x20000 }, (_, point) => String.fromCodePoint(point));
  return characters.filter(
    (char, point) =>
      char.isWellFormed() && !newUpperCase.includes(char) && (telling.test(char) || point < 0x1000),
  );
}

async function compare(cases: readonly Case[], events: readonly AmiEvent[]) {
  const answers = await askPython(cases, events);
  expect(answers.length).toBe(cases.length);
  const seen = { values: 0, exceptions: 0, refused: 0, notOffered: 0 };
  const differences: string[] = [];
  cases.forEach(({ condition, event }, at) => {
    const header = events[event] ?? {};
    const python = answers[at] as Answer;
    const ours = answerOf(condition, header);
    if ('v' in ours) seen.values += 1;
    else if (!('x' in ours)) seen.refused += 1;
    else if (ours.x === 'not offered') {
      seen.notOffered += 1;
      return;
    } else seen.exceptions += 1;
    if (JSON.stringify(ours) === JSON.stringify(python) || ('s' in ours && 's' in python) || 'n' in python)
      return;
    differences.push(JSON.stringify({ condition, event: header, ours, python }));
  });
  expect(differences.slice(0, 5), `${differences.length} differences, FUZZ_SEED=${seed}`).toEqual([]);
  return seen;
}

function answerOf(condition: string, event: AmiEvent): Answer {
  try {
    return { v: tagged(compileExpression(condition)(event)) };
  } catch (error) {
    if (error instanceof ConditionSyntaxError) return { s: error.message };
    if (!(error instanceof ConditionFailedError)) return { x: `not a condition's error: ${String(error)}` };
    return { x: error.message.includes('str() of a set') ? 'not offered' : error.exception };
  }
}

function tagged(value: PyValue): unknown {
  const type = typeName(value);
  const budget = { left: Number.MAX_SAFE_INTEGER };
  if (isList(value)) return [type, value.map(tagged)];
  if (value instanceof PyTuple) return [type, value.items.map(tagged)];
  if (value instanceof PySet) {
    const items = [...value.members.values(), ...value.loners].map(tagged);
    return [type, items.sort((a, b) => compareText(JSON.stringify(a), JSON.stringify(b)))];
  }
  if (typeof value === 'bigint' || typeof value === 'number') return [type, pythonRepr(value, budget)];
  return [type, value === null || typeof value === 'string' || typeof value === 'boolean' ? value : null];
}

/** One process answers all: the events first, then a line per case. */
async function askPython(cases: readonly Case[], events: readonly AmiEvent[]): Promise<Answer[]> {
  const python = spawn('python3', [new URL('python-oracle.py', import.meta.url).pathname], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = [
    JSON.stringify(events),
    ...cases.map(({ condition, event }) => JSON.stringify({ c: condition, e: event })),
  ];
  python.stdin.end(`${lines.join('\n')}\n`);
  const output = await text(python.stdout);
  return output
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Answer);
}
