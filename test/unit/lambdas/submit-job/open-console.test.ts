import { describe, expect, it } from 'vitest';
import { ticketMint } from '#aws/ticket-mint.ts';
import { consoleJobSchema } from '#core/contracts/console-open.ts';
import { submitJob, type SubmitDeps } from '#lambdas/submit-job/submit-job.ts';
import { createConsoleSessions } from '#standalone/store/console-sessions.ts';
import { agentStatus } from '#test/support/agent-statuses.ts';
import { doorDeps, doorKey } from '#test/support/door-fixtures.ts';
import { recordingLogger } from '#test/support/recording-logger.ts';

const kwargs = { cols: 120, rows: 40, user: { id: 7, name: 'Zoë' }, address: '192.0.2.7' };
const request = {
  fun: 'console.open',
  args: [],
  kwargs,
  res_model: 'asterisk_plus.server',
  res_method: 'on_console',
};

function consoleDoor({
  consoleEnabled = true,
  lastSeen,
}: { consoleEnabled?: boolean; lastSeen?: number } = {}) {
  const status = agentStatus('acme_hq', 1_790_000_000, { consoleEnabled });
  const deps = doorDeps({ status, ...(lastSeen !== undefined && { lastSeen }) });
  const sessions = createConsoleSessions();
  const logger = recordingLogger();
  const urlOf = (role: string, ticket: string, headers: ReadonlyMap<string, string>): string =>
    `wss://${headers.get('host') ?? role}/console?ticket=${ticket}`;
  return { ...deps, logger, sessions, console: { sessions, tickets: ticketMint, urlOf } };
}

function post(deps: SubmitDeps, body: object, headers: Record<string, string> = {}) {
  return submitJob(
    {
      headers: { 'x-api-key': doorKey, 'x-instance-uid': 'production', ...headers },
      body: JSON.stringify(body),
    },
    deps,
  );
}

const ticketIn = (url: string): string => new URL(url).searchParams.get('ticket') ?? '';

describe('console.open at the door', () => {
  it('makes a session with a ticket for either side', async () => {
    const deps = consoleDoor();
    const now = deps.clock.now() / 1000;
    const answer = await post(deps, request, { Host: 'door.example.com' });
    expect(answer.status).toBe(202);
    const answered = JSON.parse(answer.body) as { job_id: string; console: Record<string, unknown> };
    const { session, url, expires_at: expiresAt } = answered.console;
    expect(expiresAt).toBe(now + 60);
    const { job } = deps.queue.sent[0]!;
    expect(job).toMatchObject({ id: answered.job_id, fun: 'console.open', args: [], expiresAt: now + 60 });
    const sent = consoleJobSchema.parse(job.kwargs);
    expect(sent).toMatchObject({ ...kwargs, session });
    expect(await deps.sessions.find(String(session))).toMatchObject({
      pbx: 'acme_hq',
      user: { id: 7, name: 'Zoë' },
      address: '192.0.2.7',
      createdAt: now,
    });
    const [agent, browser] = [ticketIn(sent.url), ticketIn(String(url))];
    expect(String(url)).toBe(`wss://door.example.com/console?ticket=${browser}`);
    expect(answer.body).not.toContain(agent);
    const admit = (ticket: string) => deps.sessions.admit(ticketMint.hashOf(ticket), ticket, now + 1);
    expect(await admit(agent)).toMatchObject({ role: 'agent' });
    expect(await admit(browser)).toMatchObject({ role: 'browser' });
  });

  it('writes who opened it into the log by id alone, and no ticket', async () => {
    const deps = consoleDoor();
    const answer = await post(deps, request);
    const logged = deps.logger.at('info');
    expect(logged).toContainEqual(expect.objectContaining({ pbx: 'acme_hq', user: 7 }));
    const { console: opened } = JSON.parse(answer.body) as { console: { url: string } };
    const text = JSON.stringify(logged);
    for (const secret of [ticketIn(opened.url), 'Zoë', '192.0.2.7']) expect(text).not.toContain(secret);
  });

  it('keeps the callback on this side, as of every job', async () => {
    const deps = consoleDoor();
    const answer = await post(deps, request);
    const { job_id: id } = JSON.parse(answer.body) as { job_id: string };
    expect(await deps.jobs.find('acme_hq', id)).toMatchObject({ callback: { res_method: 'on_console' } });
    expect(JSON.stringify(deps.queue.sent)).not.toContain('on_console');
  });

  it('opens another one when the request comes again', async () => {
    const deps = consoleDoor();
    const once = { 'idempotency-key': 'once' };
    const [first, second] = [await post(deps, request, once), await post(deps, request, once)];
    expect(first.status).toBe(202);
    expect(second.status).toBe(202);
    expect(deps.queue.sent).toHaveLength(2);
  });

  it('is refused with 409 where the PBX has no console', async () => {
    const disabled = await post(consoleDoor({ consoleEnabled: false }), request);
    expect(disabled).toMatchObject({ status: 409, contentType: 'text/plain; charset=utf-8' });
    expect(disabled.body).toContain('The console of PBX hq is disabled');
    expect((await post(doorDeps(), request)).status).toBe(409);
  });

  it('is refused with 503 where the PBX is offline', async () => {
    const deps = consoleDoor({ lastSeen: 1_780_000_000 });
    expect((await post(deps, request)).status).toBe(503);
    expect(deps.queue.sent).toEqual([]);
  });

  it.each([
    [{ ...kwargs, cols: 1 }, 'kwargs.cols'],
    [{ ...kwargs, rows: 301 }, 'kwargs.rows'],
    [{ ...kwargs, user: { id: 0, name: '' } }, 'kwargs.user.id'],
    [{ ...kwargs, url: 'wss://elsewhere.example.com' }, 'kwargs'],
    [{}, 'kwargs.user'],
  ])('is refused with 400 where its kwargs are wrong: %j', async (wrong, named) => {
    const deps = consoleDoor();
    const answer = await post(deps, { ...request, kwargs: wrong });
    expect(answer.status).toBe(400);
    expect(answer.body).toContain(named);
    expect(deps.queue.sent).toEqual([]);
  });
});
