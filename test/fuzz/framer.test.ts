import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cutAt, frame, headersOf } from '#test/support/ami-text.ts';

const recorded = readFileSync(new URL('../fixtures/ami/asterisk-22.10.1-calls.ami', import.meta.url));
const from = recorded.indexOf('Event:');
const events = recorded
  .subarray(from, from + 24_000)
  .toString('latin1')
  .split(/(?:\r\n){2,}/)
  .slice(0, -1)
  .filter((text) => text.includes('\r\nPrivilege: '))
  .map((text) => Buffer.from(`${text}\r\n\r\n`, 'latin1'));
const limits = { maxMessageBytes: 32_768, maxHeaders: 500 };

const index = fc.nat({ max: events.length - 1 });
const cuts = fc.array(fc.nat(), { maxLength: 30 });
/** What may come between two whole events. */
const damage = fc.oneof(
  // An event of which the end is missing, with or without the blank line.
  fc
    .tuple(index, fc.double({ min: 0.05, max: 0.95, noNaN: true }), fc.constantFrom('', '\r\n', '\r\n\r\n'))
    .map(([i, share, ending]) => {
      const event = events[i]!;
      return Buffer.concat([event.subarray(0, Math.floor(event.length * share)), Buffer.from(ending)]);
    }),
  // Bytes that mean nothing, ended by a blank line.
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.concat([bytes, Buffer.from('\r\n\r\n')])),
  fc
    .constantFrom('\r\n', '\r\n\r\n\r\n', '\r\n\n', '\r\n\r\n\n')
    .map((text) => Buffer.from(`\r\n\r\n${text}`)),
  fc
    .nat({ max: 200_000 })
    .map((length) => Buffer.concat([Buffer.alloc(length, 'x: y'), Buffer.from('\r\n\r\n')])),
);

describe('damaged streams', () => {
  test('every whole event after the damage is taken', () => {
    const piece = fc.oneof(
      { weight: 3, arbitrary: index.map((i) => ({ whole: events[i]! })) },
      { weight: 1, arbitrary: damage.map((bytes) => ({ bytes })) },
    );
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 25 }), cuts, (pieces, offsets) => {
        const stream = Buffer.concat(pieces.map((p) => ('whole' in p ? p.whole : p.bytes)));
        const framed = frame(cutAt(stream, offsets), { limits });
        const taken = new Map<string, number>();
        for (const headers of headersOf(framed)) {
          const text = JSON.stringify(headers);
          taken.set(text, (taken.get(text) ?? 0) + 1);
        }
        for (const p of pieces) {
          if (!('whole' in p)) continue;
          const [headers] = headersOf(frame([p.whole]));
          const text = JSON.stringify(headers);
          expect(taken.get(text), text).toBeGreaterThan(0);
          taken.set(text, (taken.get(text) ?? 0) - 1);
        }
      }),
      { numRuns: 400 },
    );
  });

  test('any bytes: never throws, holds no more than its limits, and reads on afterwards', () => {
    const tokens = [
      '\r',
      '\n',
      '\r\n',
      '\r\n\r\n',
      '\0',
      ': ',
      'Event: ',
      'Event:',
      'Response: ',
      'Privilege: ',
      'Response: Follows\r\n',
      '--END COMMAND--',
      'UserEvent: ',
      'é',
      'x'.repeat(2000),
      'Asterisk Call Manager/1\r\n',
    ];
    const noise = fc.oneof(
      fc.constantFrom(...tokens).map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 40 }),
      fc.tuple(index, fc.nat(), fc.nat()).map(([i, a, b]) => events[i]!.subarray(a % 400, b % 800)),
    );
    fc.assert(
      fc.property(
        fc.array(noise, { maxLength: 120 }),
        cuts,
        fc.boolean(),
        fc.boolean(),
        (pieces, offsets, banner, select) => {
          const stream = Buffer.concat(pieces);
          const wanted = select ? new Set(['Hangup', 'Probe']) : ('all' as const);
          const framed = frame(cutAt(stream, offsets), { limits, banner, wanted });
          expect(framed.framer.buffered).toBeLessThanOrEqual(limits.maxMessageBytes);
          expect(framed.framer.capacity).toBeLessThanOrEqual(4 * (limits.maxMessageBytes + stream.length));
          // However it was left, a long unknown line and a blank line end what it was in the middle of.
          const { framer } = framed;
          framer.push(
            Buffer.from(
              `\r\n--END COMMAND--\r\n\r\nEvent: Probe\r\nPrivilege: call,all\r\n\r\nEvent: Probe\r\nLast: 1\r\n\r\n`,
            ),
          );
          let last;
          for (let message = framer.take(); message; message = framer.take()) last = message;
          expect(last).toMatchObject({ kind: 'event', headers: { Event: 'Probe', Last: '1' } });
        },
      ),
      { numRuns: 1500 },
    );
  });

  test('an endless stream without an end of a message holds a bounded amount', () => {
    const { framer } = frame([], { limits });
    let most = 0;
    for (let i = 0; i < 3000; i += 1) {
      framer.push(Buffer.from('Event: x\r\nKey: value that goes on and on\r\n'.repeat(20)));
      while (framer.take() !== undefined);
      most = Math.max(most, framer.capacity);
    }
    expect(most).toBeLessThanOrEqual(4 * limits.maxMessageBytes);
    expect(framer.counts().damaged).toBe(1);
  });
});
