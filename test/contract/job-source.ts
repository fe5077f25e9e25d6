import { describe, expect, it } from 'vitest';
import type { JobSource } from '#core/ports/job-source.ts';

export interface JobSourceUnderTest {
  source: JobSource;
  /** Puts a message with this body into the queue. */
  send(body: string): Promise<void>;
  /** Makes what was received and not deleted visible again. */
  redeliver(): Promise<void>;
}

/** What every JobSource keeps to. `make` gives a fresh, empty queue. */
export function describeJobSource(name: string, make: () => Promise<JobSourceUnderTest>): void {
  describe(`JobSource: ${name}`, () => {
    it('gives a body as it was sent', async () => {
      const { source, send } = await make();
      const body = '{"id":"job-00000001","args":["Zoë \\u0000"],"x":1.0}';
      await send(body);
      const [message] = await source.receive({ max: 10, waitMs: 1000 });
      expect(message?.body).toBe(body);
    });

    it('gives a body that is no JSON too: the receiver judges it', async () => {
      const { source, send } = await make();
      await send('not { json');
      expect((await source.receive({ max: 1, waitMs: 1000 }))[0]?.body).toBe('not { json');
    });

    it('gives nothing when nothing comes in time', async () => {
      const { source } = await make();
      expect(await source.receive({ max: 10, waitMs: 10 })).toEqual([]);
    });

    it('wakes up when a message comes while it waits', async () => {
      const { source, send } = await make();
      const received = source.receive({ max: 10, waitMs: 15_000 });
      await send('{}');
      expect(await received).toHaveLength(1);
    });

    it('stops waiting when the signal aborts', async () => {
      const { source } = await make();
      const stop = new AbortController();
      const received = source.receive({ max: 10, waitMs: 60_000, signal: stop.signal });
      stop.abort();
      expect(await received).toEqual([]);
    });

    it('takes nothing out when the signal is aborted already', async () => {
      const { source, send } = await make();
      await send('{}');
      expect(await source.receive({ max: 10, waitMs: 0, signal: AbortSignal.abort() })).toEqual([]);
      expect(await source.receive({ max: 10, waitMs: 1000 })).toHaveLength(1);
    });

    it('gives at most max messages, in the order in which they were sent', async () => {
      const { source, send } = await make();
      for (const body of ['1', '2', '3']) await send(body);
      const first = await source.receive({ max: 2, waitMs: 1000 });
      const second = await source.receive({ max: 2, waitMs: 1000 });
      expect(first.map((message) => message.body)).toEqual(['1', '2']);
      expect(second.map((message) => message.body)).toEqual(['3']);
    });

    it('does not give a message again while it is being worked on', async () => {
      const { source, send } = await make();
      await send('{}');
      await source.receive({ max: 10, waitMs: 1000 });
      expect(await source.receive({ max: 10, waitMs: 10 })).toEqual([]);
    });

    it('gives a message again that was not deleted', async () => {
      const { source, send, redeliver } = await make();
      await send('{"n":1}');
      await source.receive({ max: 10, waitMs: 1000 });
      await redeliver();
      const [again] = await source.receive({ max: 10, waitMs: 1000 });
      expect(again?.body).toBe('{"n":1}');
    });

    it('never gives a deleted message again; deleting twice is no error', async () => {
      const { source, send, redeliver } = await make();
      await send('{}');
      const [message] = await source.receive({ max: 10, waitMs: 1000 });
      await source.delete(message!.receipt);
      await source.delete(message!.receipt);
      await redeliver();
      expect(await source.receive({ max: 10, waitMs: 10 })).toEqual([]);
    });
  });
}
