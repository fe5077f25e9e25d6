import { readFileSync } from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import { classOfEvent, eventMask } from '#edge-agent/ami/event-mask.ts';
import { ServerFilters, alwaysNeeded } from '#edge-agent/ami/filters.ts';
import type { AmiAction } from '#core/ports/ami.ts';
import { probeClient } from '#test/support/ami-client-probe.ts';
import { frame, headersOf } from '#test/support/ami-text.ts';
import { scriptedAmiServer } from '#test/support/scripted-ami-server.ts';

const ok = { Response: 'Success' };
const denied = { Response: 'Error', Message: 'Permission denied' };

describe('event mask', () => {
  test('the classes are those that Asterisk 22 names in Privilege', () => {
    const file = new URL('../../../fixtures/ami/asterisk-22.10.1-calls.ami', import.meta.url);
    const known = headersOf(frame([readFileSync(file)], { banner: true }))
      .map((headers) => ({ name: headers['Event'] as string, privilege: headers['Privilege'] as string }))
      .filter(({ name }) => name !== undefined && classOfEvent(name) !== undefined);
    expect(new Set(known.map(({ name }) => name)).size).toBeGreaterThan(15);
    for (const { name, privilege } of known)
      expect([name, privilege]).toEqual([name, `${classOfEvent(name)},all`]);
  });

  test('a name of unknown class asks for everything', () => {
    expect(eventMask(new Set(['Cdr', 'Newexten']))).toBe('call,cdr,dialplan,system');
    expect(eventMask(new Set(['Cdr', 'SomethingNew']))).toBe('on');
    expect(eventMask('all')).toBe('on');
  });
});

describe('server-side filters', () => {
  test('include what is wanted and what reconciliation needs, each once', async () => {
    const sent: AmiAction[] = [];
    const send = async (action: AmiAction) => (sent.push(action), [ok]);
    const filters = new ServerFilters();
    expect(await filters.include(new Set(['Cdr', 'Hangup']), send)).toBe(true);
    expect(sent.map((action) => action['MatchCriteria'])).toEqual(
      [...alwaysNeeded, 'Cdr'].map((name) => `name(${name}),action(include)`),
    );
    sent.length = 0;
    await filters.include(new Set(['Cdr', 'VarSet']), send);
    expect(sent).toEqual([
      { Action: 'Filter', Operation: 'Add', MatchCriteria: 'name(VarSet),action(include)' },
    ]);
    sent.length = 0;
    await filters.include('all', send);
    await filters.include(new Set(['More']), send);
    expect(sent).toEqual([{ Action: 'Filter', Operation: 'Add', Filter: 'Event: ' }]);
    expect(filters.included).toBe('all');
  });

  test('refused at once: none; refused halfway: the session can not be trusted', async () => {
    const none = new ServerFilters();
    expect(await none.include(new Set(['Cdr']), async () => [denied])).toBe(false);
    expect(none.included).toBe('all');
    let answers = 3;
    const half = new ServerFilters().include(new Set(['Cdr']), async () => [
      (answers -= 1) > 0 ? ok : denied,
    ]);
    await expect(half).rejects.toMatchObject({ code: 'AMI_PROTOCOL' });
  });

  test('a name that could break the criteria is never put into them', async () => {
    const send = vi.fn<(action: AmiAction) => Promise<[typeof ok]>>(async () => [ok]);
    const filters = new ServerFilters();
    expect(await filters.include(new Set(['x),action(exclude']), send)).toBe(true);
    expect(send).not.toHaveBeenCalled();
    expect(filters.included).toBe('all');
  });

  test('are set before linkUp and again after a reconnect', async () => {
    const server = await scriptedAmiServer();
    const probe = probeClient({ port: server.port, filters: true });
    probe.wanted = new Set(['Cdr']);
    probe.client.start();
    const included = () => server.events().actions.filter(({ Action }) => Action === 'Filter').length;
    await vi.waitFor(() => expect(probe.links).toEqual(['up']));
    expect(included()).toBe(alwaysNeeded.length + 1);
    server.events().socket.destroy();
    await vi.waitFor(() => expect(probe.links).toHaveLength(3));
    expect(included()).toBe(alwaysNeeded.length + 1);
    await probe.client.stop();
    await server.stop();
  });
});
