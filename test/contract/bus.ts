import { describe, expect, it } from 'vitest';
import type { Bus, BusEntry } from '#core/ports/bus.ts';

export interface BusUnderTest {
  bus: Bus;
  /** The details that were accepted, in order. */
  accepted(): string[] | Promise<string[]>;
  /** From now on nothing can be accepted. */
  fail(): void;
}

const entry = (detail: string): BusEntry => ({ source: 'pbx.acme_hq', detailType: 'ami.batch.v1', detail });

/** What every Bus keeps to. `make` gives a fresh one. */
export function describeBus(name: string, make: () => BusUnderTest | Promise<BusUnderTest>): void {
  describe(`Bus: ${name}`, () => {
    it('accepts up to ten entries in their order and gives each its outcome', async () => {
      const { bus, accepted } = await make();
      const details = Array.from({ length: 10 }, (_, at) => JSON.stringify({ at, name: 'Zoë 😀' }));
      expect(await bus.put(details.map(entry))).toEqual(details.map(() => ({ accepted: true })));
      expect(await bus.put([entry('{"at":10}')])).toEqual([{ accepted: true }]);
      expect(await accepted()).toEqual([...details, '{"at":10}']);
    });

    it('refuses for good what is too large, and takes what came with it', async () => {
      const { bus, accepted } = await make();
      const outcomes = await bus.put([
        entry('{"at":0}'),
        entry(`"${'x'.repeat(300_000)}"`),
        entry('{"at":2}'),
      ]);
      expect(outcomes).toEqual([
        { accepted: true },
        { accepted: false, retryable: false, message: expect.any(String) },
        { accepted: true },
      ]);
      expect(await accepted()).toEqual(['{"at":0}', '{"at":2}']);
    });

    it('rejects as worth another try when nothing can be accepted', async () => {
      const { bus, accepted, fail } = await make();
      await bus.put([entry('{"at":0}')]);
      const before = await accepted();
      fail();
      await expect(bus.put([entry('{"at":1}')])).rejects.toMatchObject({
        code: 'BUS_UNREACHABLE',
        retryable: true,
      });
      expect(before).toEqual(['{"at":0}']);
    });
  });
}
