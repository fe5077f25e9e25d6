import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BusEntry } from '#core/ports/bus.ts';
import { createInboxBus } from '#standalone/store/inbox-bus.ts';
import type { StandaloneInbox } from '#standalone/store/inbox.ts';
import { openStore } from '#standalone/store/store.ts';
import { manualClock } from '#test/support/manual-clock.ts';

const start = 1_790_000_000_000;

function entry(n: number, pbx = 'home_pbx'): BusEntry {
  return { source: `pbx.${pbx}`, detailType: 'ami.batch.v1', detail: JSON.stringify({ n }) };
}

function numbers(inbox: StandaloneInbox, max = 10): unknown[] {
  return inbox.take('delivery', max).map((message) => (message.event.detail as { n: number }).n);
}

function open(limits = {}) {
  const clock = manualClock(start);
  return { clock, ...openStore(':memory:', clock, limits) };
}

describe('inbox', () => {
  test('gives messages in order, again until they are settled, and counts', () => {
    const { inbox } = open();
    inbox.put([entry(1), entry(2)]);
    inbox.put([entry(3)]);
    expect(numbers(inbox, 2)).toEqual([1, 2]);
    const again = inbox.take('delivery', 10);
    expect(again.map((message) => message.receiveCount)).toEqual([2, 2, 1]);
    inbox.settle(again.map(({ id }) => ({ id, outcome: 'done' })));
    expect(inbox.stats()).toMatchObject({ waiting: 0, bytes: 0, oldestAt: null });
  });

  test('holds back what is behind a message under retry, of the same PBX alone', () => {
    const { inbox, clock } = open();
    inbox.put([entry(1), entry(2), entry(3, 'home_lab')]);
    const [first] = inbox.take('delivery', 1);
    const retry = { outcome: 'retry', afterSeconds: 5, code: 'ODOO_UNREACHABLE', message: 'no' } as const;
    inbox.settle([{ id: first!.id, ...retry }]);
    expect(numbers(inbox)).toEqual([3]);
    expect(inbox.dueIn('delivery')).toBe(5000);
    expect(inbox.stats().retry).toMatchObject({ code: 'ODOO_UNREACHABLE', count: 1 });
    clock.advance(5000);
    expect(inbox.dueIn('delivery')).toBe(0);
    expect(numbers(inbox)).toEqual([1, 2, 3]);
  });

  test('does not wait for a clock that was put back', () => {
    const { inbox, clock } = open();
    inbox.put([entry(1)]);
    const [first] = inbox.take('delivery', 1);
    inbox.settle([{ id: first!.id, outcome: 'retry', afterSeconds: 900, code: 'X', message: '' }]);
    expect(inbox.dueIn('delivery')).toBe(900_000);
    clock.advance(-3_600_000);
    expect(inbox.dueIn('delivery')).toBe(0);
    expect(numbers(inbox)).toEqual([1]);
  });

  test('keeps the traceback of what it parks', () => {
    const { inbox } = open();
    inbox.put([entry(1)]);
    const { id } = inbox.take('delivery', 1)[0]!;
    const item = { detailType: 'ami.batch.v1', source: 'pbx.home_pbx', detail: {}, code: 'X', message: 'no' };
    inbox.settle([{ id, outcome: 'parked', parked: [{ ...item, traceback: 'line 1' }, item] }]);
    const [second, one] = inbox.parked(10);
    expect(one).toMatchObject({ ...item, traceback: 'line 1' });
    expect(second).not.toHaveProperty('traceback');
  });

  test('lets everything go at once when told that Odoo is back', () => {
    const { inbox } = open();
    inbox.put([entry(1)]);
    const [first] = inbox.take('delivery', 1);
    inbox.settle([{ id: first!.id, outcome: 'retry', afterSeconds: 900, code: 'X', message: '' }]);
    let woken = 0;
    inbox.onWake(() => (woken += 1));
    inbox.retryNow();
    expect(woken).toBe(1);
    expect(numbers(inbox)).toEqual([1]);
  });

  test('keeps the newest status of a PBX alone, in a lane of its own', () => {
    const { inbox } = open();
    const status = (n: number) => ({ ...entry(n), detailType: 'agent.status.v1' as const });
    inbox.put([entry(1), status(2)]);
    inbox.put([status(3)]);
    expect(numbers(inbox)).toEqual([1]);
    expect(inbox.take('status', 10).map((message) => message.event.detail)).toEqual([{ n: 3 }]);
  });

  test('parks what was given up, bounded, and the rest of the message is gone', () => {
    const { inbox } = open({ maxParked: 2 });
    for (const n of [1, 2, 3]) {
      inbox.put([entry(n)]);
      const [message] = inbox.take('delivery', 1);
      const item = {
        source: 'pbx.home_pbx',
        detailType: 'ami.batch.v1',
        detail: { n },
        code: 'C',
        message: 'm',
      };
      inbox.settle([{ id: message!.id, outcome: 'parked', parked: [item] }]);
    }
    expect(inbox.parked(10).map((parked) => parked.detail)).toEqual([{ n: 3 }, { n: 2 }]);
    expect(inbox.stats()).toMatchObject({ waiting: 0, parked: 2 });
  });

  test('is durable, numbers on, and remembers how often a message was received', () => {
    const folder = mkdtempSync(join(tmpdir(), 'inbox-'));
    try {
      const path = join(folder, 'deep', 'standalone.sqlite');
      const clock = manualClock(start);
      const before = openStore(path, clock);
      before.inbox.put([entry(1), entry(2)]);
      before.inbox.take('delivery', 1);
      before.close();
      const after = openStore(path, clock);
      const [first, second] = after.inbox.take('delivery', 10);
      expect([first?.receiveCount, second?.receiveCount]).toEqual([2, 1]);
      expect(after.inbox.stats().bytes).toBe(14);
      after.close();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('whatever is put, taken and retried: each PBX sees its messages once and in order', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('put' as const), pbx: fc.constantFrom('home_a', 'home_b') }),
      fc.record({
        do: fc.constant('take' as const),
        max: fc.integer({ min: 1, max: 5 }),
        fail: fc.nat({ max: 5 }),
      }),
      fc.record({ do: fc.constant('wait' as const) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { inbox, clock } = open();
        const put = new Map<string, number[]>();
        const done = new Map<string, number[]>();
        let n = 0;
        const add = (map: typeof put, pbx: string, value: number) =>
          map.set(pbx, [...(map.get(pbx) ?? []), value]);
        const take = (max: number, fail: number) => {
          const messages = inbox.take('delivery', max);
          // As route-events does: from the first failure on, everything waits.
          inbox.settle(
            messages.map((message, index) => {
              if (index >= fail) {
                return { id: message.id, outcome: 'retry', afterSeconds: 5, code: 'X', message: '' };
              }
              add(done, message.event.source, (message.event.detail as { n: number }).n);
              return { id: message.id, outcome: 'done' };
            }),
          );
          return messages.length;
        };
        for (const one of steps) {
          if (one.do === 'put') {
            add(put, `pbx.${one.pbx}`, ++n);
            inbox.put([entry(n, one.pbx)]);
          } else if (one.do === 'take') take(one.max, one.fail);
          else clock.advance(5000);
        }
        clock.advance(5000);
        while (take(10, 10) > 0);
        expect(done).toEqual(put);
      }),
      { numRuns: 60 },
    );
  });
});

describe('inbox as the bus', () => {
  test('accepts once it is stored, refuses what is too large for good', async () => {
    const { inbox } = open();
    const bus = createInboxBus(inbox);
    const huge = { ...entry(2), detail: JSON.stringify('x'.repeat(300_000)) };
    const outcomes = await bus.put([entry(1), huge, entry(3)]);
    expect(outcomes.map((outcome) => outcome.accepted)).toEqual([true, false, true]);
    expect(outcomes[1]).toMatchObject({ retryable: false });
    expect(numbers(inbox)).toEqual([1, 3]);
  });

  test('pushes back when it is full, so that the spool keeps the events', async () => {
    const { inbox } = open({ maxInboxBytes: 20 });
    const bus = createInboxBus(inbox);
    expect(await bus.put([entry(1)])).toEqual([{ accepted: true }]);
    const [outcome] = await bus.put([entry(2), entry(3)]);
    expect(outcome).toMatchObject({ accepted: false, retryable: true });
    const [message] = inbox.take('delivery', 1);
    inbox.settle([{ id: message!.id, outcome: 'done' }]);
    expect((await bus.put([entry(2)]))[0]).toEqual({ accepted: true });
  });

  test('rejects as unreachable when the store fails', async () => {
    const store = open();
    const bus = createInboxBus(store.inbox);
    store.close();
    await expect(bus.put([entry(1)])).rejects.toMatchObject({ code: 'BUS_UNREACHABLE', retryable: true });
  });
});
