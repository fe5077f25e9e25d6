import { describe, expect, it } from 'vitest';
import { createDynamoJobStore } from '#aws/dynamo-job-store.ts';
import { silentLogger } from '#core/ports/logger.ts';
import { submitJob } from '#lambdas/submit-job/submit-job.ts';
import type { SubmitDeps } from '#lambdas/submit-job/submit-job.ts';
import { doorDeps, doorKey } from '#test/support/door-fixtures.ts';

const originate = {
  Action: 'Originate',
  Channel: 'PJSIP/101',
  Exten: '200',
  Context: 'internal',
  Priority: '1',
};
/** As the unmodified addon of OdooPBX 3.5 posts it. */
const envelope = {
  fun: 'asterisk.manager_action',
  args: originate,
  kwargs: { as_list: false },
  res_model: 'asterisk_plus.call',
  res_method: 'originate_call_response',
  res_notify_uid: 2,
  res_notify_title: 'PBX',
  pass_back: { call_id: 7 },
};

function post(deps: SubmitDeps, body: unknown, headers: Record<string, string> = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return submitJob(
    { headers: { 'X-Api-Key': doorKey, 'X-Instance-Uid': 'production', ...headers }, body: text },
    deps,
  );
}

describe('the door', () => {
  it('takes the envelope of OdooPBX 3.5 and keeps the callback on this side', async () => {
    const deps = doorDeps();
    const answer = await post(deps, envelope);
    expect(answer).toMatchObject({ status: 202, contentType: 'application/json' });
    const { job_id: id } = JSON.parse(answer.body) as { job_id: string };
    expect(deps.queue.sent).toHaveLength(1);
    const { pbx, job } = deps.queue.sent[0]!;
    expect(pbx).toBe('acme_hq');
    expect(job).toMatchObject({
      id,
      fun: 'asterisk.manager_action',
      args: [originate],
      kwargs: { as_list: false },
    });
    // An Originate must not ring an hour late.
    expect(job.expiresAt - job.createdAt).toBe(60);
    expect(JSON.stringify(job)).not.toContain('originate_call_response');
    expect(await deps.jobs.find('acme_hq', id)).toMatchObject({
      asList: false,
      deliveredStatus: null,
      callback: {
        style: 'keyword',
        res_model: 'asterisk_plus.call',
        res_method: 'originate_call_response',
        res_notify_uid: 2,
        pass_back: { call_id: 7 },
      },
    });
  });

  it('takes false and null for what Odoo has not set', async () => {
    const deps = doorDeps();
    const unset = { res_model: false, res_method: null, res_notify_uid: false, res_notify_title: false };
    const answer = await post(deps, {
      fun: 'test.ping',
      args: null,
      kwargs: false,
      pass_back: false,
      ...unset,
    });
    expect(answer.status).toBe(202);
    expect(deps.queue.sent[0]?.job).toMatchObject({ args: [], kwargs: {} });
    expect((await deps.jobs.find('acme_hq', deps.queue.sent[0]!.job.id))?.callback).toBeNull();
  });

  it('opens to both keys while one is rotated, to no other', async () => {
    const deps = doorDeps();
    expect((await post(deps, envelope, { 'x-api-key': '', 'X-Api-Key': 'next-key-of-hq' })).status).toBe(401);
    expect((await post(deps, envelope, { 'X-Api-Key': 'next-key-of-hq' })).status).toBe(202);
    const refused = await post(deps, envelope, { 'X-Api-Key': 'nobody' });
    expect(refused).toEqual({
      status: 401,
      contentType: 'text/plain; charset=utf-8',
      body: 'The API key is not known.',
    });
    expect((await post(deps, envelope, { 'X-Api-Key': 'x'.repeat(10_000) })).status).toBe(401);
    expect((await submitJob({ headers: {}, body: '{}' }, deps)).body).toMatch(/x-api-key is missing/);
    expect(deps.queue.sent).toHaveLength(1);
  });

  it('does not open to a hash that a lax store finds', async () => {
    const deps = doorDeps({ keyHashes: ['0'.repeat(64)] });
    const record = await deps.directory.find('acme_hq');
    deps.directory.findByKeyHash = () => Promise.resolve(record);
    expect((await post(deps, envelope)).status).toBe(401);
  });

  it('belongs to the first database that sent a job', async () => {
    const deps = doorDeps();
    expect((await post(deps, envelope)).status).toBe(202);
    const copy = await post(deps, envelope, { 'X-Instance-Uid': 'staging' });
    expect(copy.status).toBe(403);
    expect(copy.body).toMatch(/PBX hq belongs to another Odoo database/);
    expect((await post(deps, envelope, { 'X-Instance-Uid': '' })).status).toBe(403);
    expect((await post(deps, envelope)).status).toBe(202);
    expect(deps.queue.sent).toHaveLength(2);
  });

  it('is not pinned by a request that is refused', async () => {
    const deps = doorDeps();
    expect((await post(deps, { fun: 'nonsense' }, { 'X-Instance-Uid': 'staging' })).status).toBe(400);
    expect((await deps.directory.find('acme_hq'))?.instanceUid).toBeNull();
  });

  it('takes a job without an instance while none is pinned', async () => {
    const deps = doorDeps();
    expect((await post(deps, envelope, { 'X-Instance-Uid': '' })).status).toBe(202);
    expect((await deps.directory.find('acme_hq'))?.instanceUid).toBeNull();
  });

  it('says since when the PBX is offline', async () => {
    const deps = doorDeps();
    deps.clock.advance(180_000);
    expect((await post(deps, envelope)).status).toBe(202);
    deps.clock.advance(1000);
    const offline = await post(deps, envelope);
    expect(offline.status).toBe(503);
    expect(offline.body).toBe('PBX hq offline since 2026-09-21 14:13:20 UTC.');
    expect((await post(doorDeps({ lastSeen: null }), envelope)).body).toMatch(
      /PBX hq offline: .* never seen/,
    );
  });

  it('takes no job for a PBX that was cut off a moment ago', async () => {
    const deps = doorDeps({ revoked: true });
    expect(await post(deps, envelope)).toMatchObject({
      status: 503,
      body: expect.stringContaining('cut off') as string,
    });
  });

  it.each([
    ['not JSON', '{"fun":', /The body is not JSON/],
    [
      'what is nested without end',
      `{"fun":"test.ping","args":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
      /^args\.0: nested more than 100 levels/,
    ],
    ['a function of another shape', { fun: 'rm -rf' }, /^fun: /],
    ['a private method', { ...envelope, res_method: '_write' }, /res_method: a public method/],
    ['half a callback', { ...envelope, res_model: false }, /res_model, res_method/],
    ['pass_back that is no object', { ...envelope, pass_back: [1] }, /^pass_back: an object/],
    ['rules from somebody else', { fun: 'agent.configure' }, /agent\.reload_config/],
    ['what has expired', { ...envelope, expires_at: 1000 }, /^expires_at: /],
    ['a body that is no object', '[]', /^body: /],
  ])('explains what is wrong with %s', async (_, body, problem) => {
    const deps = doorDeps();
    const answer = await post(deps, body);
    expect(answer).toMatchObject({ status: 400, contentType: 'text/plain; charset=utf-8' });
    expect(answer.body).toMatch(problem);
    expect(deps.queue.sent).toEqual([]);
  });

  it('logs the code of a refusal, and nothing of the request', async () => {
    const logged: unknown[] = [];
    const logger = { ...silentLogger, info: (_: string, fields: unknown) => void logged.push(fields) };
    const refusalOf = async (body: unknown, headers: Record<string, string> = {}, now = 0) => {
      const deps = doorDeps({ instanceUid: 'production' });
      deps.clock.advance(now);
      await post({ ...deps, logger }, body, headers);
      return logged.pop();
    };
    expect(await refusalOf('[]')).toEqual({ status: 400, code: 'DOOR_BAD_REQUEST' });
    expect(await refusalOf(envelope, { 'X-Api-Key': 'x' })).toEqual({
      status: 401,
      code: 'DOOR_KEY_UNKNOWN',
    });
    expect(await refusalOf(envelope, { 'X-Instance-Uid': 'copy' })).toEqual({
      status: 403,
      code: 'DOOR_INSTANCE_REFUSED',
    });
    expect(await refusalOf({ fun: 'test.ping', args: ['x'.repeat(900_000)] })).toEqual({
      status: 413,
      code: 'DOOR_TOO_LARGE',
    });
    expect(await refusalOf(envelope, {}, 181_000)).toEqual({ status: 503, code: 'DOOR_PBX_OFFLINE' });
  });

  it('names all problems at once', async () => {
    const answer = await post(doorDeps(), { fun: 7, res_notify_uid: 'two' });
    expect(answer.body.split('\n').map((line) => line.split(':')[0])).toEqual(['fun', 'res_notify_uid']);
  });

  it('passes any pass_back in the positional style', async () => {
    const deps = doorDeps();
    await post(deps, { ...envelope, callback_style: 'positional', pass_back: [1] });
    const record = await deps.jobs.find('acme_hq', deps.queue.sent[0]!.job.id);
    expect(record?.callback).toMatchObject({ style: 'positional', pass_back: [1] });
  });

  it('refuses what does not fit into the queue', async () => {
    const answer = await post(doorDeps(), { fun: 'asterisk.put_config', args: ['x'.repeat(900_000)] });
    expect(answer.status).toBe(413);
  });

  it('refuses for good what the store can not keep', async () => {
    const deps = doorDeps();
    const client = { send: () => Promise.reject(new Error('nothing is sent')) } as never;
    deps.jobs.create = (...job) => createDynamoJobStore({ client, table: 'jobs' }).create(...job);
    const answer = await post(deps, { ...envelope, pass_back: { text: 'x'.repeat(400_000) } });
    expect(answer).toMatchObject({ status: 413, body: 'pass_back is too large: 300000 bytes at most' });
    expect(deps.queue.sent).toEqual([]);
  });

  it('stands for one job however often it comes with the same Idempotency-Key', async () => {
    const deps = doorDeps();
    const first = await post(deps, envelope, { 'Idempotency-Key': 'row-1' });
    const again = await post(deps, envelope, { 'Idempotency-Key': 'row-1' });
    const other = await post(deps, envelope, { 'Idempotency-Key': 'row-2' });
    expect(again).toEqual(first);
    expect(other.body).not.toBe(first.body);
    const ids = deps.queue.sent.map(({ job }) => job.id);
    expect(new Set(ids).size).toBe(2);
  });

  it('gets a job to the PBX by the second try when the queue failed at the first', async () => {
    const deps = doorDeps();
    deps.queue.failure = new Error('the queue is away');
    await expect(post(deps, envelope, { 'Idempotency-Key': 'row-1' })).rejects.toThrow('the queue is away');
    deps.queue.failure = undefined;
    deps.clock.advance(5000);
    const answer = await post(deps, envelope, { 'Idempotency-Key': 'row-1' });
    const { job_id: id } = JSON.parse(answer.body) as { job_id: string };
    expect(deps.queue.sent).toHaveLength(1);
    // Expires when the first one would have.
    expect(deps.queue.sent[0]!.job).toMatchObject({ id, expiresAt: deps.clock.now() / 1000 - 5 + 60 });
  });

  it('does not send again what was answered or has expired', async () => {
    const deps = doorDeps();
    await post(deps, envelope, { 'Idempotency-Key': 'row-1' });
    await deps.jobs.markDelivered('acme_hq', deps.queue.sent[0]!.job.id, 'done');
    await post(deps, envelope, { 'Idempotency-Key': 'row-1' });
    expect(deps.queue.sent).toHaveLength(1);
    await post(deps, envelope, { 'Idempotency-Key': 'row-2' });
    deps.clock.advance(61_000);
    expect((await post(deps, envelope, { 'Idempotency-Key': 'row-2' })).status).toBe(202);
    expect(deps.queue.sent).toHaveLength(2);
  });
});
