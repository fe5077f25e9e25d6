import { describe, expect, it } from 'vitest';
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import type { InboxMessage, ParkedItem } from '#core/ports/inbox.ts';
import type { Waiting } from '#lambdas/route-events/leave-in-inbox.ts';
import { routeBatch } from '#lambdas/route-events/route-batch.ts';
import { batchMessage, epoch, routeBench } from '#test/support/route-fixtures.ts';

function bench() {
  const parked: { id: string; items: readonly ParkedItem[] }[] = [];
  const waiting: Waiting[] = [];
  const router = routeBench();
  const state = { parkFails: false };
  const deps = {
    ...router.deps,
    park: async (id: string, items: readonly ParkedItem[]) => {
      if (state.parkFails) throw new Error('no DLQ');
      parked.push({ id, items });
    },
    leaveInInbox: async (left: readonly Waiting[]) => void waiting.push(...left),
  };
  return {
    ...router,
    parked,
    waiting,
    state,
    run: (records: unknown[], remainingMs = () => 900_000) =>
      routeBatch({ Records: records }, remainingMs, deps),
  };
}

function record(message: InboxMessage) {
  return {
    messageId: message.id,
    receiptHandle: `receipt-${message.id}`,
    body: JSON.stringify({ version: '0', id: 'x', ...message.event }),
    attributes: { ApproximateReceiveCount: String(message.receiveCount) },
  };
}

describe('routeBatch', () => {
  it('lets Lambda delete what is delivered', async () => {
    const { run, odoo, waiting } = bench();
    expect(await run([batchMessage([1]), batchMessage([2])].map(record))).toEqual({ batchItemFailures: [] });
    expect(odoo.effects).toEqual([`${epoch}/1/7`, `${epoch}/2/7`]);
    expect(waiting).toEqual([]);
  });

  it('leaves what waits in the inbox, with its time', async () => {
    const { run, odoo, waiting } = bench();
    odoo.down = new OdoopbxError('ODOO_UNREACHABLE', 'refused', { retryable: true });
    const messages = [batchMessage([1], { receiveCount: 3 }), batchMessage([2])];
    expect(await run(messages.map(record))).toEqual({
      batchItemFailures: messages.map(({ id }) => ({ itemIdentifier: id })),
    });
    expect(waiting).toMatchObject(
      messages.map(({ id }) => ({ receiptHandle: `receipt-${id}`, afterSeconds: 20 })),
    );
  });

  it('parks what is refused before Lambda deletes it', async () => {
    const { run, parked } = bench();
    const broken = { ...record(batchMessage([1])), body: 'not JSON {' };
    expect(await run([broken, record(batchMessage([2]))])).toEqual({ batchItemFailures: [] });
    expect(parked).toMatchObject([
      { id: broken.messageId, items: [{ code: 'MESSAGE_INVALID', detail: 'not JSON {' }] },
    ]);
  });

  it('keeps a message in the inbox that could not be parked', async () => {
    const { run, state, waiting } = bench();
    state.parkFails = true;
    const broken = { ...record(batchMessage([1])), body: '[]' };
    const good = record(batchMessage([2]));
    expect(await run([broken, good])).toEqual({ batchItemFailures: [{ itemIdentifier: broken.messageId }] });
    expect(waiting).toMatchObject([{ receiptHandle: broken.receiptHandle, afterSeconds: 5 }]);
  });

  it('begins nothing that it has no time to finish', async () => {
    const { run, odoo, waiting } = bench();
    const message = batchMessage([1]);
    const answer = await run([record(message)], () => 65_000);
    expect(answer.batchItemFailures).toEqual([{ itemIdentifier: message.id }]);
    expect(waiting).toMatchObject([{ afterSeconds: 0 }]);
    expect(odoo.batches).toEqual([]);
  });

  it('refuses an event that is none of SQS', async () => {
    const { deps } = routeBench();
    const none = { ...deps, park: async () => {}, leaveInInbox: async () => {} };
    for (const event of [null, {}, { Records: [{}] }]) {
      await expect(routeBatch(event, () => 900_000, none)).rejects.toMatchObject({ code: 'MESSAGE_INVALID' });
    }
  });
});
