import { describe, expect, test } from 'vitest';
import { doorRequestSchema } from '#core/contracts/door-request.ts';
import { jobSchema } from '#core/contracts/job.ts';
import { createJob } from '#core/jobs/create-job.ts';

const now = 1_790_000_000_000;
const make = (body: Record<string, unknown>) =>
  createJob(doorRequestSchema.parse(body), { id: 'job-00000001', now });

const originate = { Action: 'Originate', Channel: 'PJSIP/101' };
const ringing = (Timeout: unknown) =>
  make({ fun: 'asterisk.manager_action', args: { ...originate, Timeout } }).timeoutMs;

describe('createJob', () => {
  test('is a valid job that names no callback', () => {
    const job = make({ fun: 'test.ping', res_model: 'res.users', res_method: 'x', pass_back: { uid: 2 } });
    expect(jobSchema.strict().parse(job)).toEqual(job);
    expect(JSON.stringify(job)).not.toContain('res.users');
  });

  test.each([
    ['a bare dict', { args: originate }],
    ['a list with a dict', { args: [originate] }],
    ['a list in a list', { args: [[{ Action: 'Ping' }, originate]] }],
    ['kwargs.action', { kwargs: { action: originate, as_list: false } }],
    ['headers as kwargs', { args: [], kwargs: { action: 'originate', channel: 'PJSIP/101' } }],
  ])('an Originate given as %s expires after 60 s', (_name, body) => {
    const job = make({ fun: 'asterisk.manager_action', ...body });
    expect(job.expiresAt - job.createdAt).toBe(60);
  });

  test('others expire after five minutes, or when Odoo says', () => {
    const ping = make({ fun: 'asterisk.manager_action', args: { Action: 'Ping' } });
    expect(ping.expiresAt - ping.createdAt).toBe(300);
    expect(make({ fun: 'test.ping', expires_at: 1_790_000_007 }).expiresAt).toBe(1_790_000_007);
  });

  test('no job outlives its queue', () => {
    expect(make({ fun: 'test.ping', expires_at: 9e9 }).expiresAt).toBe(now / 1000 + 14 * 86_400);
  });

  test('waits for a synchronous Originate as long as it rings', () => {
    expect(ringing('90000')).toBe(100_000);
    expect(ringing(45_000)).toBe(55_000);
    expect(ringing('soon')).toBe(40_000);
    expect(ringing('1e99')).toBe(3_600_000);
  });

  test('adds the ring time to a timeout that Odoo names, unless Asterisk answers at once', () => {
    const timeoutOf = (...args: object[]) =>
      make({ fun: 'asterisk.manager_action', args, timeout: 6 }).timeoutMs;
    expect(timeoutOf({ ...originate, Timeout: '20000' })).toBe(26_000);
    expect(timeoutOf(originate, { Action: 'Ping' }, { action: 'originate', timeout: 5000 })).toBe(41_000);
    expect(timeoutOf({ ...originate, Timeout: '20000', Async: 'true' })).toBe(6000);
    expect(timeoutOf({ ...originate, async: true })).toBe(6000);
  });

  test('a timeout that Odoo names stands', () => {
    expect(make({ fun: 'test.ping', timeout: 6 }).timeoutMs).toBe(6000);
    expect(jobSchema.safeParse(make({ fun: 'test.ping', timeout: 0.1234567 })).success).toBe(true);
    expect(make({ fun: 'recording.get_file' }).timeoutMs).toBe(300_000);
  });
});
