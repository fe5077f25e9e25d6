import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AmiEvent } from '#core/contracts/ami-event.ts';
import { jsonBytes, truncateEvent } from '#edge-agent/spool/truncate.ts';

describe('an event that is too large', () => {
  it('is cut to fit, whatever is in it', () => {
    const text = fc.string({ unit: 'binary', maxLength: 400 });
    const events = fc.dictionary(
      fc.string({ minLength: 1, maxLength: 40 }).filter((header) => header !== 'Event'),
      fc.oneof(text, fc.array(text, { maxLength: 20 })),
      { maxKeys: 30 },
    );
    fc.assert(
      fc.property(events, fc.integer({ min: 100, max: 3_000 }), (headers, maxBytes) => {
        const event: AmiEvent = { Event: 'UserEvent', ...headers };
        fc.pre(jsonBytes(event) > maxBytes);
        const cut = truncateEvent(event, maxBytes);
        expect(jsonBytes(cut)).toBeLessThanOrEqual(maxBytes);
        expect(cut).toMatchObject({ Event: 'UserEvent', _truncated: true });
      }),
      { numRuns: 100 },
    );
  });

  it('keeps short values whole and uses the room it has', () => {
    const event = {
      Event: 'UserEvent',
      Uniqueid: '1.2',
      A: 'a'.repeat(5_000),
      B: 'b'.repeat(3_000),
      C: 'c'.repeat(50),
    };
    const cut = truncateEvent(event, 1_000);
    expect(cut).toMatchObject({ Uniqueid: '1.2', C: event.C });
    expect(String(cut['A']).length).toBe(String(cut['B']).length);
    expect(jsonBytes(cut)).toBeGreaterThan(990);
  });

  it('cuts the longest value first', () => {
    const event = { Event: 'UserEvent', A: 'a'.repeat(5_000), B: 'b'.repeat(300) };
    const cut = truncateEvent(event, 1_000);
    expect(cut['B']).toBe(event.B);
    expect(event.A.startsWith(String(cut['A']))).toBe(true);
  });

  it('cuts the elements of a repeated header, each for itself', () => {
    const cut = truncateEvent({ Event: 'Newchannel', ChanVariable: ['short=1', 'x'.repeat(4_000)] }, 500);
    expect(cut['ChanVariable']).toEqual(['short=1', expect.stringMatching(/^x{300,}$/)]);
  });

  it('never splits a character', () => {
    const cut = truncateEvent({ Event: 'UserEvent', Note: '😀'.repeat(500) }, 300);
    expect(String(cut['Note'])).toMatch(/^😀+$/u);
  });

  it('cuts the name only when nothing else is left', () => {
    const cut = truncateEvent({ Event: 'E'.repeat(500), Note: 'n'.repeat(500) }, 200);
    expect(cut['Note'] ?? '').toBe('');
    expect(jsonBytes(cut)).toBeLessThanOrEqual(200);
  });

  it('keeps a header called __proto__ a header', () => {
    const event = JSON.parse(`{"Event":"UserEvent","__proto__":"${'p'.repeat(400)}"}`) as AmiEvent;
    expect(JSON.stringify(truncateEvent(event, 200))).toContain('"__proto__":"ppp');
  });
});
