import { expect, test } from 'vitest';
import { enrich } from '#edge-agent/events/enrich.ts';
import { localTime } from '#edge-agent/events/local-time.ts';

const context = { systemName: 'hq', local: localTime('Europe/Berlin') };
const receivedAt = 1_763_840_000_500;

test('the time comes from AMI where it tells one, else from the clock', () => {
  const told = enrich({ Event: 'Hangup', Timestamp: '1763840000.123456' }, receivedAt, context);
  expect(told.at).toBe(1763840000.123456);
  expect(told.event['EventTime']).toBe(1763840000.123456);
  for (const Timestamp of ['', 'soon', '0', '1e9', '-5', '999999999999999']) {
    expect(enrich({ Event: 'Hangup', Timestamp }, receivedAt, context).at, Timestamp).toBe(1763840000.5);
  }
});

test('SystemName is Asterisk’s own where it sends one', () => {
  expect(enrich({ Event: 'Hangup' }, receivedAt, context).event['SystemName']).toBe('hq');
  expect(enrich({ Event: 'Hangup', SystemName: 'own' }, receivedAt, context).event['SystemName']).toBe('own');
});

test('a Cdr gets its times in UTC, empty ones stay empty', () => {
  const cdr = {
    Event: 'Cdr',
    StartTime: '2026-11-22 23:59:50',
    AnswerTime: '',
    EndTime: '2026-11-23 00:00:10',
    Duration: '20',
    BillableSeconds: '0',
  };
  expect(enrich(cdr, receivedAt, context).event).toMatchObject({
    ...cdr,
    StartTimeUTC: '2026-11-22 22:59:50',
    AnswerTimeUTC: '',
    EndTimeUTC: '2026-11-22 23:00:10',
  });
  expect(enrich({ Event: 'Hangup' }, receivedAt, context).event).not.toHaveProperty('StartTimeUTC');
});

test('a live Cdr of the hour that comes twice is read by when it came', () => {
  const cdr = {
    Event: 'Cdr',
    StartTime: '2026-10-25 02:50:00',
    AnswerTime: '2026-10-25 02:55:00',
    EndTime: '2026-10-25 02:10:00',
    Duration: '1200',
    BillableSeconds: '900',
  };
  // 20 minutes over the end of summer time, at 01:10 UTC.
  const came = Date.UTC(2026, 9, 25, 1, 10);
  expect(enrich(cdr, came, context).event).toMatchObject({
    StartTimeUTC: '2026-10-25 00:50:00',
    AnswerTimeUTC: '2026-10-25 00:55:00',
    EndTimeUTC: '2026-10-25 01:10:00',
  });
});

test('a Cdr read later is read by when its channel was made', () => {
  const cdr = {
    Event: 'Cdr',
    _synthetic: true,
    UniqueID: `hq-${Date.UTC(2026, 9, 25, 0, 30) / 1000}.7`,
    StartTime: '2026-10-25 02:30:00',
    AnswerTime: '2026-10-25 02:30:05',
    EndTime: '2026-10-25 02:31:00',
    Duration: '60',
    BillableSeconds: '55',
  };
  expect(enrich(cdr, Date.UTC(2026, 10, 22), context).event).toMatchObject({
    StartTimeUTC: '2026-10-25 00:30:00',
    AnswerTimeUTC: '2026-10-25 00:30:05',
    EndTimeUTC: '2026-10-25 00:31:00',
  });
});

test('a header named like a property of objects stays a header', () => {
  const event = JSON.parse('{"Event": "UserEvent", "__proto__": "own"}') as { Event: string };
  const enriched = enrich(event, receivedAt, context).event;
  expect(Object.hasOwn(enriched, '__proto__')).toBe(true);
  expect(JSON.stringify(enriched)).toContain('"__proto__":"own"');
});
