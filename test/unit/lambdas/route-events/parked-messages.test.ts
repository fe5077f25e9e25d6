import { describe, expect, it } from 'vitest';
import type { AmiBatch } from '#core/contracts/ami-batch.ts';
import { maxBodyBytes, parkedMessagesOf } from '#lambdas/route-events/parked-messages.ts';
import { cdrItem, epoch } from '#test/support/route-fixtures.ts';

const why = { code: 'ODOO_METHOD_RAISED', message: 'create_cdr raised ValueError: 5' };

function batchOf(events: AmiBatch['events']): AmiBatch {
  return {
    v: 1,
    pbx: 'acme_hq',
    epoch,
    firstSeq: events[0]?.seq ?? 1,
    lastSeq: events.at(-1)?.seq ?? 1,
    rulesVersion: null,
    events,
  };
}
const item = (detail: unknown, source = 'pbx.acme_hq') => ({
  ...why,
  source,
  detailType: 'ami.batch.v1',
  detail,
});

describe('parked messages', () => {
  it('are the bus event of the part, with the reason beside it', () => {
    const detail = batchOf([cdrItem(1)]);
    const [parked, ...others] = parkedMessagesOf('m1', item(detail));
    expect(others).toEqual([]);
    expect(JSON.parse(parked!.body)).toEqual({
      source: 'pbx.acme_hq',
      'detail-type': 'ami.batch.v1',
      detail,
    });
    expect(parked).toMatchObject({ groupId: 'acme_hq', code: why.code, reason: why.message, isCut: false });
  });

  it('are the same message when they are parked again, and others when the part is another', () => {
    const id = (message: string, seq: number) =>
      parkedMessagesOf(message, item(batchOf([cdrItem(seq)])))[0]?.deduplicationId;
    expect(id('m1', 1)).toBe(id('m1', 1));
    expect(new Set([id('m1', 1), id('m1', 2), id('m2', 1)]).size).toBe(3);
  });

  it('split a batch that has outgrown a message, and lose nothing of it', () => {
    const events = [1, 2, 3, 4].map((seq) => {
      const { event, ...rest } = cdrItem(seq);
      return { ...rest, event: { ...event, Long: 'é'.repeat(200_000) } };
    });
    const parked = parkedMessagesOf('m1', item(batchOf(events)));
    const details = parked.map(({ body }) => (JSON.parse(body) as { detail: AmiBatch }).detail);
    expect(details.flatMap((detail) => detail.events)).toEqual(events);
    expect(details.map(({ firstSeq, lastSeq }) => [firstSeq, lastSeq])).toEqual([
      [1, 2],
      [3, 4],
    ]);
    for (const { body } of parked) expect(Buffer.byteLength(body)).toBeLessThanOrEqual(maxBodyBytes);
    expect(new Set(parked.map(({ deduplicationId }) => deduplicationId)).size).toBe(2);
  });

  it('say so where a part can not be kept at all', () => {
    const [parked] = parkedMessagesOf('m1', item('x'.repeat(1_100_000)));
    expect(parked).toMatchObject({ isCut: true });
    expect(parked?.body).toContain('not kept: its 1100');
  });

  it('hold only what SQS takes', () => {
    const detail = JSON.parse('{"a":"\\uffff \\u0001 \\ud800"}') as unknown;
    const message = `\u0000bad \uD800 ${'💥'.repeat(600)}`;
    const [parked] = parkedMessagesOf('m1', { ...item(detail, ''), message });
    // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
    // oxlint-disable-next-line no-control-regex -- three of them are allowed
    const allowed = /^[\x09\x0A\x0D\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]+$/u;
    expect(parked?.body).toMatch(allowed);
    expect(JSON.parse(parked!.body)).toMatchObject({ detail });
    expect(parked?.reason).toMatch(allowed);
    expect(parked?.reason.length).toBeLessThanOrEqual(1000);
    expect(parked?.groupId).toBe('unknown');
    expect(parkedMessagesOf('m1', { ...item(1), message: '' })[0]?.reason).toBe('-');
  });
});
