import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cutAt, frame, headersOf, inPieces, wire } from '#test/support/ami-text.ts';

const fixture = (name: string): Buffer =>
  readFileSync(new URL(`../../../fixtures/ami/asterisk-22.10.1-${name}.ami`, import.meta.url));
const calls = fixture('calls');
const actions = fixture('actions');

/** An independent, slow reading of well-formed AMI. */
function slowly(bytes: Buffer): Record<string, unknown>[] {
  const [, ...rest] = bytes.toString().split('\r\n');
  // Asterisk 22.10.1 itself wrote an extra blank line between two events of this recording.
  const blocks = rest
    .join('\r\n')
    .split(/(?:\r\n){2,}/)
    .filter(Boolean);
  return blocks.map((block) => {
    const headers: Record<string, unknown> = {};
    for (const line of block.split('\r\n')) {
      const [, key = '', value = ''] = /^([^:]+): ?(.*)$/s.exec(line) ?? [];
      const known = headers[key];
      headers[key] = known === undefined ? value : [known, value].flat();
    }
    return headers;
  });
}

describe('recorded from Asterisk 22.10.1', () => {
  test.each([
    ['calls', calls],
    ['actions', actions],
    ['a refused login', fixture('login-refused')],
  ])('%s: every message, at every piece size', (_, bytes) => {
    const expected = slowly(bytes);
    for (const size of [1, 2, 3, 7, 481, 1460, 65_536, bytes.length]) {
      const framed = frame(inPieces(bytes, size), { banner: true });
      expect(framed.messages[0]).toEqual({ kind: 'banner', text: 'Asterisk Call Manager/11.0.0' });
      expect(headersOf(framed)).toEqual(expected);
      expect(framed.counts).toEqual({ messages: expected.length, skipped: 0, damaged: 0, malformedLines: 0 });
    }
  });

  test('a caller named José Ñuñez', () => {
    const names = headersOf(frame([calls], { banner: true })).map((event) => event['CallerIDName']);
    expect(names).toContain('José Ñuñez');
  });
});

describe('properties', () => {
  test('where chunks begin and end makes no difference', () => {
    const offsets = fc.array(fc.nat({ max: actions.length }), { maxLength: 60 });
    const expected = slowly(actions);
    fc.assert(
      fc.property(offsets, (cuts) => {
        const framed = frame(cutAt(actions, cuts), { banner: true });
        expect(headersOf(framed)).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });

  test('what is written is read, whatever the values hold', () => {
    const key = fc
      .stringMatching(/^[A-Za-z_][A-Za-z0-9_-]{0,20}$/)
      .filter((k) => k !== 'Event' && k !== 'Privilege');
    const value = fc
      .string({ unit: 'binary', maxLength: 40 })
      .map((text) => text.replaceAll(/[\r\n]/g, '').replace(/^ +/, ''))
      .filter((text) => text.isWellFormed());
    const event = fc.record({
      name: fc.stringMatching(/^[A-Za-z]{1,20}$/),
      headers: fc.array(fc.tuple(key, value), { maxLength: 30 }),
    });
    fc.assert(
      fc.property(
        fc.array(event, { minLength: 1, maxLength: 8 }),
        fc.array(fc.nat(), { maxLength: 20 }),
        (events, cuts) => {
          const text = events.map(({ name, headers }) =>
            [`Event: ${name}`, ...headers.map(([k, v]) => `${k}: ${v}`), '', ''].join('\n'),
          );
          const expected = events.map(({ name, headers }) => {
            const object = new Map<string, string | string[]>([['Event', name]]);
            for (const [k, v] of headers) {
              const known = object.get(k);
              object.set(k, known === undefined ? v : [known, v].flat());
            }
            return [...object];
          });
          const framed = frame(cutAt(wire(text.join('')), cuts));
          const read = framed.messages.map((m) => (m.kind === 'event' ? Object.entries(m.headers) : []));
          expect(new Set(read.map((entries) => JSON.stringify(sorted(entries))))).toEqual(
            new Set(expected.map((entries) => JSON.stringify(sorted(entries)))),
          );
          expect(read).toHaveLength(events.length);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('selective framing takes exactly what framing everything and choosing takes', () => {
    const all = headersOf(frame([calls], { banner: true }));
    const names = [...new Set(all.map((headers) => headers['Event'] as string))];
    fc.assert(
      fc.property(fc.subarray(names), fc.integer({ min: 1, max: 5000 }), (chosen, size) => {
        const wanted = new Set(chosen);
        const framed = frame(inPieces(calls, size), { banner: true, wanted });
        expect(headersOf(framed)).toEqual(
          all.filter((headers) => headers['Event'] === undefined || wanted.has(headers['Event'] as string)),
        );
        expect(framed.counts.messages).toBe(all.length);
      }),
      { numRuns: 50 },
    );
  });
});

/** Numeric keys come first in an object, whatever the order of insertion. */
function sorted<T>(entries: [string, T][]): [string, T][] {
  return entries.toSorted(([a], [b]) => (a < b ? -1 : 1));
}
