import { describe, expect, it } from 'vitest';
import { webhookConfigSchema } from '#core/contracts/webhook.ts';
import { answerRequest } from '#lambdas/submit-job/answer-request.ts';
import { doorDeps, doorKey } from '#test/support/door-fixtures.ts';

const job = { fun: 'test.ping', args: [], kwargs: {} };
const agent = 'POST /app/asterisk_plus/agent';

function door() {
  const deps = {
    ...doorDeps(),
    webhookOf: () => webhookConfigSchema.parse({ context: 'out', extension: '101' }),
  };
  return { deps, ask: (event: unknown) => answerRequest(event, deps) };
}

describe('the door of an HTTP API', () => {
  it('takes a job', async () => {
    const { ask, deps } = door();
    const answer = await ask({
      routeKey: agent,
      headers: { 'x-api-key': doorKey },
      body: JSON.stringify(job),
    });
    expect(answer).toMatchObject({ statusCode: 202, headers: { 'content-type': 'application/json' } });
    expect(JSON.parse(answer.body)).toEqual({ job_id: deps.queue.sent[0]?.job.id });
  });

  it('reads a body that the gateway has encoded', async () => {
    const { ask, deps } = door();
    const body = Buffer.from(JSON.stringify({ ...job, args: ['Grüße'] })).toString('base64');
    const answer = await ask({
      routeKey: agent,
      headers: { 'x-api-key': doorKey },
      body,
      isBase64Encoded: true,
    });
    expect(answer.statusCode).toBe(202);
    expect(deps.queue.sent[0]?.job.args).toEqual(['Grüße']);
  });

  it('says in plain text what is wrong', async () => {
    const { ask } = door();
    expect(await ask({ routeKey: agent })).toEqual({
      statusCode: 401,
      headers: { 'content-type': 'text/plain; charset=utf-8' },
      body: 'The header x-api-key is missing.',
    });
    const large = { routeKey: agent, headers: { 'x-api-key': doorKey }, body: 'x'.repeat(2_000_000) };
    expect(await ask(large)).toMatchObject({ statusCode: 413 });
    expect(await ask({ routeKey: 'GET /elsewhere' })).toMatchObject({ statusCode: 404 });
  });

  it('takes a webhook by the key in its path', async () => {
    const { ask, deps } = door();
    const body = JSON.stringify({ _model: 'res.partner', _id: 1, phone: '+4930123' });
    const answer = await ask({ routeKey: 'POST /webhook/{key}', pathParameters: { key: doorKey }, body });
    expect(answer.statusCode).toBe(202);
    expect(deps.queue.sent[0]?.job.args).toMatchObject([{ Exten: '+4930123' }]);
  });

  it('tells that it is there', async () => {
    expect(await door().ask({ routeKey: 'GET /health' })).toMatchObject({
      statusCode: 200,
      body: '{"status":"ok"}',
    });
  });

  it('rejects when the job can not be kept, and on what no HTTP API sends', async () => {
    const { ask, deps } = door();
    deps.queue.failure = new Error('throttled');
    const request = { routeKey: agent, headers: { 'x-api-key': doorKey }, body: JSON.stringify(job) };
    await expect(ask(request)).rejects.toThrow('throttled');
    await expect(ask({})).rejects.toMatchObject({ code: 'MESSAGE_INVALID' });
  });
});
