import { describe, expect, it } from 'vitest';
import { agentConfigureSchema } from '#core/contracts/agent-configure.ts';
import type { AgentStatus } from '#core/contracts/agent-status.ts';
import type { InboxMessage } from '#core/ports/inbox.ts';
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import { agentStatus } from '#test/support/agent-statuses.ts';
import { createCdr } from '#test/support/fake-odoo-target.ts';
import { busMessage, resultMessage, routeBench } from '#test/support/route-fixtures.ts';

function statusMessage(at: number, changes: Partial<AgentStatus> = {}): InboxMessage {
  return busMessage('agent.status.v1', agentStatus('acme_hq', at, changes));
}

describe('agent status', () => {
  it('sends the enabled rules to an agent that has none, and knows the job', async () => {
    const { route, odoo, deps, clock } = routeBench();
    odoo.rules_ = {
      rules: [
        { ...createCdr, delay: 0.5, condition: "event['A'] == '1'" },
        { ...createCdr, id: '8', is_enabled: false },
      ],
      invalid: [],
    };
    expect(await route([statusMessage(clock.now() / 1000, { rulesVersion: null })])).toMatchObject([
      { outcome: 'done' },
    ]);
    expect(deps.queue.sent).toHaveLength(1);
    const { pbx, job } = deps.queue.sent[0]!;
    expect(pbx).toBe('acme_hq');
    expect(job.fun).toBe('agent.configure');
    const config = agentConfigureSchema.parse(job.kwargs);
    expect(config.rules).toEqual([{ id: '7', name: 'Cdr', delay: 0.5, condition: "event['A'] == '1'" }]);
    expect(config.rulesVersion).toBe((await odoo.rules.page()).version);
    expect(config.asOf).toBe(clock.now() / 1000);
    // Its result is known, and Odoo hears nothing of it.
    await route([resultMessage(job.id)]);
    expect((await deps.jobs.find('acme_hq', job.id))?.deliveredStatus).toBe('done');
    expect(odoo.batches).toEqual([]);
  });

  it('is not shut out by an earlier one whose clock ran ahead', async () => {
    const { route, odoo, deps, clock } = routeBench();
    const { version } = await odoo.rules.page();
    const seconds = () => clock.now() / 1000;
    await route([statusMessage(seconds() + 86_400, { rulesVersion: version })]);
    expect((await deps.directory.find('acme_hq'))?.lastSeen).toBe(seconds());
    clock.advance(10_000);
    await route([statusMessage(seconds(), { rulesVersion: null })]);
    expect(deps.queue.sent).toHaveLength(1);
    expect((await deps.directory.find('acme_hq'))?.status?.rulesVersion).toBeNull();
  });

  it('gets its rules, read anew, when the clock here is put back', async () => {
    const { route, odoo, deps, clock } = routeBench();
    await route([statusMessage(clock.now() / 1000, { rulesVersion: null })]);
    clock.advance(-3_600_000);
    await route([statusMessage(clock.now() / 1000, { rulesVersion: null })]);
    expect(deps.queue.sent).toHaveLength(2);
    odoo.rules_ = { rules: [], invalid: [] };
    await route([statusMessage(clock.now() / 1000, { rulesVersion: null })]);
    expect(deps.queue.sent.at(-1)?.job.kwargs['rules']).toEqual([]);
  });

  it('goes by the time of the bus, where it is known: a PBX may be an hour slow, or put back', async () => {
    const { route, odoo, deps, clock } = routeBench();
    const seconds = () => clock.now() / 1000;
    const heard = (at: number, changes: Partial<AgentStatus>): InboxMessage => {
      const message = statusMessage(at, changes);
      return { ...message, event: { ...message.event, time: new Date(clock.now()).toISOString() } };
    };
    const { version } = await odoo.rules.page();
    await route([heard(seconds() + 600, { rulesVersion: version })]);
    clock.advance(60_000);
    const spool = { items: 1, bytes: 9, oldestAt: seconds() - 3610 };
    await route([heard(seconds() - 3600, { rulesVersion: null, spool })]);
    expect(deps.queue.sent).toHaveLength(1);
    const kept = (await deps.directory.find('acme_hq'))?.status;
    expect(kept).toMatchObject({ at: seconds(), spool: { oldestAt: seconds() - 10 } });
  });

  it('leaves an agent alone that has the rules', async () => {
    const { route, odoo, deps, clock } = routeBench();
    const { version } = await odoo.rules.page();
    await route([statusMessage(clock.now() / 1000, { rulesVersion: version })]);
    expect(deps.queue.sent).toEqual([]);
  });

  it('refetches before it sends: the agent may be ahead of what is kept here', async () => {
    const { route, odoo, deps, clock } = routeBench();
    await odoo.rules.page();
    odoo.rules_ = { rules: [{ ...createCdr, delay: 3 }], invalid: [] };
    const ahead = (await routeBenchVersion(odoo.rules_.rules)).version;
    clock.advance(1000);
    await route([statusMessage(clock.now() / 1000, { rulesVersion: ahead })]);
    expect(odoo.reads).toBe(2);
    expect(deps.queue.sent).toEqual([]);
  });

  it('sends the rules again at once to an agent that asks for them again', async () => {
    const { route, deps, clock, odoo } = routeBench();
    const { version } = await odoo.rules.page();
    for (const rulesVersion of [null, version, null]) {
      await route([statusMessage(clock.now() / 1000, { rulesVersion })]);
      clock.advance(1000);
    }
    expect(deps.queue.sent).toHaveLength(2);
  });

  it('sends one version once a minute to an agent that has another', async () => {
    const { route, deps, clock, odoo } = routeBench();
    const status = () => statusMessage(clock.now() / 1000, { rulesVersion: 'a'.repeat(64) });
    await route([status()]);
    clock.advance(30_000);
    await route([status()]);
    expect(deps.queue.sent).toHaveLength(1);
    odoo.rules_ = { rules: [], invalid: [] };
    clock.advance(1000);
    await route([status()]);
    expect(deps.queue.sent).toHaveLength(2);
    clock.advance(60_000);
    await route([status()]);
    expect(deps.queue.sent).toHaveLength(3);
  });

  it('sends a version again at once when another one went out in between', async () => {
    const { route, deps, clock, odoo } = routeBench();
    const status = () => statusMessage(clock.now() / 1000, { rulesVersion: null });
    const before = odoo.rules_;
    for (const rules of [before, { rules: [], invalid: [] }, before]) {
      odoo.rules_ = rules;
      clock.advance(1000);
      await route([status()]);
    }
    const versions = deps.queue.sent.map(({ job }) => job.kwargs['rulesVersion']);
    expect(versions).toHaveLength(3);
    expect(versions[2]).toBe(versions[0]);
  });

  it('does not act on a status that is history', async () => {
    const { route, deps, clock, odoo } = routeBench();
    await route([statusMessage(clock.now() / 1000 - 121, { rulesVersion: null })]);
    expect(deps.queue.sent).toEqual([]);
    expect(odoo.statuses).toEqual([]);
    expect((await deps.directory.find('acme_hq'))?.status?.rulesVersion).toBeNull();
  });

  it('acts on the newest of several', async () => {
    const { route, odoo, deps, clock } = routeBench();
    const { version } = await odoo.rules.page();
    const now = clock.now() / 1000;
    await route([
      statusMessage(now, { rulesVersion: version }),
      statusMessage(now - 1, { rulesVersion: null }),
    ]);
    expect(deps.queue.sent).toEqual([]);
  });

  it('tells Odoo of changes at once, else once a minute as a sign of life', async () => {
    const { route, odoo, clock } = routeBench();
    const { version } = await odoo.rules.page();
    const status = (changes: Partial<AgentStatus> = {}) =>
      statusMessage(clock.now() / 1000, { rulesVersion: version, ...changes });
    const counts = { ...agentStatus('acme_hq', 0).counts, received: 100, published: 20 };
    await route([status()]);
    clock.advance(20_000);
    await route([status({ counts })]);
    expect(odoo.statuses).toHaveLength(1);
    clock.advance(20_000);
    await route([
      status({ ami: { state: 'connecting', since: 1, asteriskVersion: null, error: 'refused' } }),
    ]);
    expect(odoo.statuses).toHaveLength(2);
    expect(odoo.statuses[1]).toMatchObject({ pbx: 'acme_hq', status: { ami: { state: 'connecting' } } });
    clock.advance(60_000);
    await route([status({ counts })]);
    clock.advance(60_000);
    await route([status({ counts })]);
    expect(odoo.statuses).toHaveLength(4);
    expect(odoo.statuses[3]).toMatchObject({ status: { counts: { received: 100 } } });
  });

  it('tells Odoo with the next status what it could not tell with this one', async () => {
    const { route, odoo, clock } = routeBench();
    const { version } = await odoo.rules.page();
    const update = odoo.gateway.updateAgentStatus;
    odoo.gateway.updateAgentStatus = () =>
      Promise.reject(new OdoopbxError('ODOO_NOT_FOUND', 'no such method'));
    await route([statusMessage(clock.now() / 1000, { rulesVersion: version })]);
    odoo.gateway.updateAgentStatus = update;
    clock.advance(60_000);
    expect(await route([statusMessage(clock.now() / 1000, { rulesVersion: version })])).toMatchObject([
      { outcome: 'done' },
    ]);
    expect(odoo.statuses).toHaveLength(1);
  });

  it('goes on telling Odoo until there is a server record', async () => {
    const { route, odoo, clock } = routeBench();
    const { version } = await odoo.rules.page();
    const update = odoo.gateway.updateAgentStatus;
    odoo.gateway.updateAgentStatus = () => Promise.resolve(false);
    await route([statusMessage(clock.now() / 1000, { rulesVersion: version })]);
    odoo.gateway.updateAgentStatus = update;
    clock.advance(60_000);
    await route([statusMessage(clock.now() / 1000, { rulesVersion: version })]);
    expect(odoo.statuses).toHaveLength(1);
  });

  it('asks nothing of Odoo when there is no time for it', async () => {
    const { route, odoo, deps, clock } = routeBench();
    const status = statusMessage(clock.now() / 1000, { rulesVersion: null });
    expect(await route([status], () => 100_000)).toMatchObject([{ outcome: 'done' }]);
    expect(odoo.reads).toBe(0);
    expect((await deps.directory.find('acme_hq'))?.status).not.toBeNull();
  });

  it('is retried when it can not be kept', async () => {
    const { route, deps, clock } = routeBench();
    deps.directory.recordStatus = () => Promise.reject(new Error('the table is away'));
    expect(await route([statusMessage(clock.now() / 1000)])).toMatchObject([
      { outcome: 'retry', afterSeconds: 5, message: 'the table is away' },
    ]);
  });
});

async function routeBenchVersion(rules: readonly (typeof createCdr)[]): Promise<{ version: string }> {
  const other = routeBench();
  other.odoo.rules_ = { rules, invalid: [] };
  return other.odoo.rules.page();
}
