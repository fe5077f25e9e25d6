import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { amiBatchSchema, maxBatchBytes } from '#core/contracts/ami-batch.ts';
import { packBatches } from '#edge-agent/spool/batch.ts';
import type { PackOptions, WaitingItem } from '#edge-agent/spool/batch.ts';
import { encodeEvent } from '#edge-agent/spool/record.ts';

const now = 1_790_000_000_000;
const options: PackOptions = {
  pbx: 'a'.repeat(24) + '_' + 'b'.repeat(24),
  epoch: '1790000000000-0123456789ab',
  firstSeq: 1,
  rulesVersion: 'f'.repeat(64),
  maxBatches: 10,
  maxBytes: 1_000_000,
  now,
  batchMs: 100,
};

function item(id: number, note: string, dueAt = now - 1_000): WaitingItem {
  const event = { Event: 'UserEvent', Uniqueid: String(id), Note: note };
  const [record] = encodeEvent({ event, at: 1.5, rules: ['7', 'x.y'], dueAt }, now - 2_000).records;
  return { ...record!, id };
}

const parsed = (detail: string) => amiBatchSchema.parse(JSON.parse(detail));

describe('packing', () => {
  it('makes batches that keep the contract, the size and the order, and leaves nothing out', () => {
    const notes = fc.array(fc.string({ unit: 'binary', maxLength: 3_000 }), { minLength: 1, maxLength: 120 });
    fc.assert(
      fc.property(notes, fc.integer({ min: 1, max: 10 ** 12 }), (texts, firstSeq) => {
        const items = texts.map((text, place) => item(place, text));
        const packed = packBatches(items, { ...options, firstSeq });
        const batches = packed.batches.map(({ detail }) => parsed(detail));
        for (const { detail } of packed.batches)
          expect(Buffer.byteLength(detail)).toBeLessThan(maxBatchBytes);
        const events = batches.flatMap(({ events }) => events);
        expect(events.map(({ event }) => event['Uniqueid'])).toEqual(
          texts.map((_text, place) => String(place)),
        );
        expect(events.map(({ seq }) => seq)).toEqual(texts.map((_text, place) => firstSeq + place));
        for (const { firstSeq, lastSeq, events } of batches)
          expect([firstSeq, lastSeq]).toEqual([events[0]!.seq, events.at(-1)!.seq]);
        expect(packed.itemBytes).toBe(items.reduce((sum, { bytes }) => sum + bytes, 0));
        expect(packed.last).toBe(items.at(-1));
      }),
      { numRuns: 60 },
    );
  });

  it('fills a batch before it opens the next', () => {
    const { batches } = packBatches(
      Array.from({ length: 100 }, (_, id) => item(id, 'n'.repeat(2_000))),
      options,
    );
    for (const { detail } of batches.slice(0, -1))
      expect(detail.length).toBeGreaterThan(maxBatchBytes - 2_300);
  });

  it('takes the largest event that a row may hold', () => {
    const { batches } = packBatches([item(1, 'n'.repeat(200_000))], {
      ...options,
      firstSeq: Number.MAX_SAFE_INTEGER,
    });
    expect(batches[0]!.detail.length).toBeLessThan(maxBatchBytes);
    expect(parsed(batches[0]!.detail).events[0]!.event['_truncated']).toBe(true);
  });

  it('keeps the last batch open until its first item has been due for batchMs', () => {
    const items = [item(1, '', now - 60), item(2, '', now - 10)];
    expect(packBatches(items, options)).toMatchObject({ batches: [], last: null, closesAt: now + 40 });
    expect(packBatches(items, { ...options, now: now + 40 }).batches).toHaveLength(1);
  });

  it('closes a full batch at once and leaves the open one', () => {
    const items = Array.from({ length: 40 }, (_, id) => item(id, 'n'.repeat(2_000), now));
    const packed = packBatches(items, options);
    expect(packed.batches).toHaveLength(1);
    expect(packed.closesAt).toBe(now + 100);
    expect(packed.last!.id).toBe(parsed(packed.batches[0]!.detail).events.length - 1);
  });

  it('stops at the number of batches and at the bytes of a request', () => {
    const items = Array.from({ length: 400 }, (_, id) => item(id, 'n'.repeat(2_000)));
    expect(packBatches(items, { ...options, maxBatches: 3 }).batches).toHaveLength(3);
    const { batches } = packBatches(items, { ...options, maxBytes: 130_000 });
    const bytes = batches.reduce((sum, { detail }) => sum + detail.length, 0);
    expect(bytes).toBeLessThanOrEqual(130_000);
    expect(bytes).toBeGreaterThan(110_000);
  });

  it('writes null where the rules are not known yet', () => {
    const { batches } = packBatches([item(1, '')], { ...options, rulesVersion: null });
    expect(parsed(batches[0]!.detail).rulesVersion).toBeNull();
  });
});

describe('a row', () => {
  it('is several where the event has more rules than an item carries', () => {
    const rules = Array.from({ length: 250 }, (_, id) => String(id));
    const { records } = encodeEvent({ event: { Event: 'Hangup' }, at: 1, rules, dueAt: now }, now);
    const items = records.map((record, id) => ({ ...record, id, dueAt: 0 }));
    const { events } = parsed(packBatches(items, options).batches[0]!.detail);
    expect(events.map(({ rules }) => rules.length)).toEqual([100, 100, 50]);
    expect(events.flatMap(({ rules }) => rules)).toEqual(rules);
  });

  it('is none where no rule wants the event', () => {
    expect(encodeEvent({ event: { Event: 'Hangup' }, at: 1, rules: [], dueAt: now }, now).records).toEqual(
      [],
    );
  });
});
