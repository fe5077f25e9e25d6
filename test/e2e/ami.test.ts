import { afterEach, expect, test, vi } from 'vitest';
import { extensions } from '#scripts/lab/extensions.ts';
import { placeCall } from '#scripts/lab/sipp.ts';
import type { AmiCredentials } from '#edge-agent/ami/client-options.ts';
import { probeClient, type AmiClientProbe } from '#test/support/ami-client-probe.ts';
import { describeOnLab } from './support/bench.ts';

/** The client against a real Asterisk 22. */
describeOnLab('AMI client on the lab', ({ lab }) => {
  const { host, port, users } = lab.asterisk;
  let probe: AmiClientProbe;
  afterEach(() => probe?.client.stop());

  async function connect(
    wanted: Set<string> | 'all',
    options: { user?: AmiCredentials; filters?: boolean } = {},
  ) {
    const { user, filters = false } = options;
    probe = probeClient({
      host,
      port,
      events: user ?? users.events,
      actions: user ?? users.actions,
      filters,
    });
    probe.wanted = wanted;
    probe.client.start();
    await vi.waitFor(() => expect(probe.links).toEqual(['up']), { timeout: 10_000 });
  }
  const send: AmiClientProbe['client']['actions']['send'] = (action, options) =>
    probe.client.actions.send(action, options);
  const within = { timeoutMs: 5000 };
  const local = (extension: string) => ({
    Action: 'Originate' as const,
    Channel: `Local/${extension}@lab/n`,
    Application: 'Wait',
    Data: '1',
    Timeout: '3000',
  });
  const named = (name: string) => probe.events.filter((event) => event['Event'] === name);

  test('logs both sessions in by MD5 and knows version and system name', async () => {
    await connect(new Set(['Cdr']));
    expect(probe.ups[0]).toEqual({
      asteriskVersion: expect.stringMatching(/^22\./) as string,
      systemName: 'lab',
    });
  });

  test('a wrong secret is refused', async () => {
    probe = probeClient({
      host,
      port,
      events: { username: 'agent_events', secret: 'wrong' },
      actions: users.actions,
    });
    probe.client.start();
    await vi.waitFor(() => expect(probe.client.status()).toMatchObject({ state: 'refused' }), {
      timeout: 10_000,
    });
    expect(probe.client.status().error).toContain('Authentication failed');
  });

  test('a call by SIP: its events, and only those that are wanted', async () => {
    await connect(new Set(['Newchannel', 'Hangup', 'Cdr']));
    await placeCall({
      extension: extensions.answered,
      durationMs: 500,
      from: { number: '+12025550199', name: 'José' },
    });
    await vi.waitFor(() => expect(named('Cdr').some((cdr) => cdr['Source'] === '+12025550199')).toBe(true), {
      timeout: 10_000,
    });
    expect(named('Newchannel').map((event) => event['CallerIDName'])).toContain('José');
    expect(new Set(probe.events.map((event) => event['Event']))).toEqual(
      new Set(['Newchannel', 'Hangup', 'Cdr']),
    );
    expect(probe.client.counts().damaged).toBe(0);
  });

  test('a synchronous Originate succeeds, or tells why it failed', async () => {
    await connect(new Set(['Hangup']));
    const answered = await send(local(extensions.answered), within);
    expect(answered).toMatchObject([{ Response: 'Success', Reason: '4' }, { Event: 'OriginateResponse' }]);
    const bad = await send({ ...local('100'), Channel: 'PJSIP/nobody' }, within);
    expect(bad[0]).toMatchObject({
      Response: 'Error',
      Reason: '0',
      Message: expect.stringContaining('Originate failed') as string,
    });
    const busy = await send({ ...local(extensions.busy), Timeout: '8000' }, within);
    expect(busy[0]).toMatchObject({ Response: 'Error', Message: 'Originate failed: busy' });
    const unanswered = await send({ ...local(extensions.unanswered), Timeout: '1000' }, within);
    expect(unanswered[0]).toMatchObject({ Response: 'Error', Message: 'Originate failed: not answered' });
  });

  test('a list, a command, a refused command', async () => {
    await connect(new Set(['Hangup']), { user: users.admin });
    const channels = await send({ Action: 'CoreShowChannels' }, within);
    expect(channels.at(-1)).toMatchObject({ Event: 'CoreShowChannelsComplete', EventList: 'Complete' });
    const [uptime] = await send({ Action: 'Command', Command: 'manager show command Originate' }, within);
    expect(uptime?.['Output']).toContain('[Synopsis]');
    await probe.client.stop();
    await connect(new Set(['Hangup']));
    expect(await send({ Action: 'Command', Command: 'core show uptime' }, within)).toMatchObject([
      { Response: 'Error', Message: 'Permission denied' },
    ]);
  });

  test('server-side filters: widened live, then opened', async () => {
    await connect(new Set(['Cdr']), { user: users.admin, filters: true });
    await send(local(extensions.varSetFlood), within);
    await vi.waitFor(() => expect(named('Cdr')).not.toHaveLength(0), { timeout: 10_000 });
    const filtered = probe.client.counts().received;
    // Far fewer than the 100 VarSet and 200 Newexten of the call, which nobody wanted.
    expect(filtered).toBeLessThan(100);

    (probe.wanted as Set<string>).add('VarSet');
    await probe.client.refreshFilters();
    await send(local(extensions.varSetFlood), within);
    await vi.waitFor(() => expect(named('VarSet').length).toBeGreaterThan(99), { timeout: 10_000 });
    expect(named('Newexten')).toHaveLength(0);

    probe.wanted = 'all';
    await probe.client.refreshFilters();
    await send(local(extensions.varSetFlood), within);
    await vi.waitFor(() => expect(named('Newexten').length).toBeGreaterThan(99), { timeout: 10_000 });
  });

  test('sessions that Asterisk ends come back', async () => {
    const since = Math.floor(Date.now() / 1000);
    await connect(new Set(['Hangup']), { user: users.admin });
    const [shown] = await send({ Action: 'Command', Command: 'manager show connected' }, within);
    const connected = [shown?.['Output'] ?? []].flat().map((line) => line.trim().split(/\s+/));
    // Name, address, start, elapsed, descriptor: ours are the two that began just now.
    const ours = connected.filter(
      ([name, , start]) => name === users.admin.username && Number(start) >= since,
    );
    expect(ours.length).toBeGreaterThanOrEqual(2);
    for (const [, , , , descriptor] of ours) {
      await send({ Action: 'Command', Command: `manager kick session ${descriptor}` }, within).catch(
        () => [],
      );
      // The session that was ended may be the one that sends: the next kick needs one that lives.
      await vi.waitFor(() => send({ Action: 'Ping' }, within), { timeout: 10_000 });
    }
    await vi.waitFor(() => expect(probe.links).toEqual(['up', expect.stringContaining('down: '), 'up']), {
      timeout: 20_000,
    });
    expect(await send({ Action: 'Ping' }, within)).toMatchObject([{ Ping: 'Pong' }]);
  });
});
