import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { AmiAction } from '#core/ports/ami.ts';
import { probeClient, type AmiClientProbe } from '#test/support/ami-client-probe.ts';
import { scriptedAmiServer, type ScriptedAmiServer } from '#test/support/scripted-ami-server.ts';

let server: ScriptedAmiServer;
let probe: AmiClientProbe;
const until = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 5000, interval: 2 });
const code = (value: string) => expect.objectContaining({ code: value }) as unknown as Error;
const originate: AmiAction = {
  Action: 'Originate',
  Channel: 'PJSIP/1',
  Context: 'x',
  Exten: '2',
  Priority: '1',
};
const queued = ({ Action }: { Action?: string }) =>
  Action === 'Originate' ? 'Response: Success\nMessage: Originate successfully queued' : undefined;
const send = (action: AmiAction, timeoutMs = 1000) => probe.client.actions.send(action, { timeoutMs });
const sent = async () => {
  await until(() => expect(server.actions().actions.at(-1)?.['Action']).toBe('Originate'));
  return server.actions().actions.at(-1)!;
};
const outcome = (id: string | undefined, response: string, reason: number): string =>
  `Event: OriginateResponse\nPrivilege: call,all\nActionID: ${id}\nResponse: ${response}\nChannel: PJSIP/1-1\nReason: ${reason}\nUniqueid: u-1\n\n`;

beforeEach(async () => {
  server = await scriptedAmiServer({ script: queued });
  probe = probeClient({ port: server.port, timeouts: { originateSlackMs: 30 } });
  probe.wanted = new Set(['Hangup']);
  probe.client.start();
  await until(() => expect(probe.links).toEqual(['up']));
});
afterEach(async () => {
  await probe.client.stop();
  await server.stop();
});

test('a synchronous one is sent Async with a ChannelId and answered from its OriginateResponse', async () => {
  const reply = send({ ...originate, async: 'false', Variable: ['a=1', 'b=2'] });
  const action = await sent();
  expect(action).toMatchObject({
    Async: 'true',
    Variable: 'a=1|b=2',
    ChannelId: expect.any(String) as string,
  });
  expect(action['async']).toBeUndefined();
  server.events().say(outcome('another', 'Failure', 5) + outcome(action['ActionID'], 'Success', 4));
  expect(await reply).toEqual([
    {
      Response: 'Success',
      ActionID: action['ActionID'],
      Message: 'Originate successfully queued',
      Reason: '4',
      Uniqueid: 'u-1',
      Channel: 'PJSIP/1-1',
    },
    expect.objectContaining({ Event: 'OriginateResponse', Response: 'Success' }),
  ]);
  // No rule asked for the event.
  expect(probe.events).toEqual([]);
});

test.each([
  [5, 'busy'],
  [3, 'not answered'],
  [0, 'no such number'],
  [99, 'reason 99'],
])('a failure tells its reason (%i: %s)', async (reason, words) => {
  const reply = send(originate);
  const { ActionID } = await sent();
  server.events().say(outcome(ActionID, 'Failure', reason));
  const [response, event] = await reply;
  expect(response).toMatchObject({ Response: 'Error', Reason: String(reason) });
  expect(response?.['Message']).toContain(`Originate failed: ${words}`);
  expect(event).toMatchObject({ Event: 'OriginateResponse', Response: 'Failure' });
});

test('the event may overtake the response, and reaches the listener that wants it', async () => {
  probe.wanted = new Set(['OriginateResponse']);
  await probe.client.refreshFilters();
  server.script = ({ Action, ActionID }) => {
    if (Action !== 'Originate') return undefined;
    server.events().say(outcome(ActionID, 'Failure', 5));
    return '';
  };
  const reply = send(originate);
  await until(() => expect(probe.events).toHaveLength(1));
  const { ActionID } = await sent();
  server
    .actions()
    .say(`Response: Success\nActionID: ${ActionID}\nMessage: Originate successfully queued\n\n`);
  expect(await reply).toMatchObject([{ Response: 'Error' }, { Event: 'OriginateResponse' }]);
});

test("an asynchronous one is the caller's own business", async () => {
  expect(await send({ ...originate, Async: 'true' })).toMatchObject([{ Response: 'Success' }]);
  expect(server.actions().actions.at(-1)?.['ChannelId']).toBeUndefined();
});

test('a given ChannelId is kept, a refusal answered at once', async () => {
  server.script = ({ Action }) =>
    Action === 'Originate' ? 'Response: Error\nMessage: Permission denied' : undefined;
  expect(await send({ ...originate, ChannelId: 'mine' })).toEqual([
    { Response: 'Error', ActionID: expect.any(String) as string, Message: 'Permission denied' },
  ]);
  expect(server.actions().actions.at(-1)).toMatchObject({ ChannelId: 'mine' });
});

test("no outcome within the action's own Timeout and the slack", async () => {
  await expect(send({ ...originate, Timeout: '20' }, 20)).rejects.toEqual(code('AMI_ACTION_TIMEOUT'));
});

test('the events session is lost meanwhile: unknown, and not dialled again', async () => {
  const settled = expect(send(originate)).rejects.toEqual(code('AMI_CONNECTION_LOST'));
  await sent();
  server.events().socket.destroy();
  await settled;
  await until(() => expect(probe.links.at(-1)).toBe('up'));
  const all = server.peers.flatMap(({ actions }) => actions);
  expect(all.filter(({ Action }) => Action === 'Originate')).toHaveLength(1);
});
