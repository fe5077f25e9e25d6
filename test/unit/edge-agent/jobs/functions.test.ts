import { describe, expect, test } from 'vitest';
import type { Json } from '#core/contracts/job.ts';
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import type { ErrorCode } from '#core/errors/error-codes.ts';
import type { AmiAction, AmiReply } from '#core/ports/ami.ts';
import type { ConsoleRequest } from '#core/ports/console-control.ts';
import type { AgentConfigure } from '#core/contracts/agent-configure.ts';
import type { JobContext } from '#edge-agent/jobs/functions/job-function.ts';
import { createPolicy } from '#edge-agent/jobs/policy.ts';
import { createRegistry } from '#edge-agent/jobs/registry.ts';
import { agentStatus } from '#test/support/agent-statuses.ts';
import { manualClock } from '#test/support/manual-clock.ts';

type Answer = AmiReply[] | Error;

function call(fun: string, args: Json[] = [], kwargs: { [key: string]: Json } = {}, answers: Answer[] = []) {
  const sent: { action: AmiAction; timeoutMs: number }[] = [];
  const configured: AgentConfigure[] = [];
  const opened: ConsoleRequest[] = [];
  let asked = 0;
  const clock = manualClock();
  const context: JobContext = {
    actions: {
      send: async (action, { timeoutMs }) => {
        sent.push({ action, timeoutMs });
        clock.advance(1000);
        const answer = answers.shift() ?? [{ Response: 'Success' }];
        if (answer instanceof Error) throw answer;
        return answer;
      },
    },
    agent: {
      configure: async (config) => {
        configured.push(config);
        return { applied: true, rulesVersion: config.rulesVersion, refusedRules: [] };
      },
      requestRules: () => (asked += 1),
      status: () => agentStatus('acme_hq', 7),
    },
    console: {
      open: async (request) => {
        opened.push(request);
        return { session: request.session, started: true, shell: false };
      },
    },
    clock,
    checkAction: (action) => createPolicy().checkAction(action),
    timeoutMs: 10_000,
    signal: new AbortController().signal,
  };
  const result = createRegistry().find(fun).run(args, kwargs, context);
  return { result, sent, configured, opened, asked: () => asked };
}
const ami = (code: ErrorCode) => new OdoopbxError(code, `${code} happened`);

describe('asterisk.manager_action', () => {
  const ping = { Action: 'Ping' };
  test.each<[string, Json[], { [key: string]: Json }]>([
    ['a dict', [ping], {}],
    ['a list in args', [[ping]], {}],
    ['kwargs.action though args is empty', [], { action: ping }],
    ['headers as kwargs though args is empty', [], { Action: 'Ping', as_list: true }],
    ['other case', [{ action: 'Ping' }], {}],
  ])('takes the action as %s', async (_name, args, kwargs) => {
    const { result, sent } = call('asterisk.manager_action', args, kwargs);
    expect(await result).toEqual([{ Response: 'Success' }]);
    expect(sent.map(({ action }) => action)).toEqual([{ Action: 'Ping' }]);
  });

  test('sends values as text and header names in one spelling', async () => {
    const { result, sent } = call('asterisk.manager_action', [
      { action: 'Originate', channel: 'PJSIP/1', CONTEXT: 'c', exten: 101, priority: 1, async: true, EarlyMedia: false, Timeout: 30000.5, account: null, variable: ['A=1', 'B=2'], ActionID: 'mine' },
    ]); // prettier-ignore
    await result;
    expect(sent[0]?.action).toEqual({
      Action: 'Originate', Channel: 'PJSIP/1', Context: 'c', Exten: '101', Priority: '1', Async: 'true',
      EarlyMedia: 'false', Timeout: '30000.5', Variable: ['A=1', 'B=2'],
    }); // prettier-ignore
  });

  test('answers the response and the event list of each action in turn', async () => {
    const list: AmiReply[] = [
      { Response: 'Success', EventList: 'start' },
      { Event: 'CoreShowChannelsComplete' },
    ];
    const { result } = call('asterisk.manager_action', [[ping, { Action: 'CoreShowChannels' }]], {}, [
      [{ Response: 'Success', Ping: 'Pong' }],
      list,
    ]);
    expect(await result).toEqual([{ Response: 'Success', Ping: 'Pong' }, ...list]);
  });

  test.each<[ErrorCode, object]>([
    ['AMI_ACTION_TIMEOUT', { Response: 'Error', Message: 'Action Timeout' }],
    ['AMI_NOT_CONNECTED', { Response: 'Error', Message: 'Asterisk is not connected' }],
    ['AMI_CONNECTION_LOST', { Response: 'Error', Message: 'Asterisk is not connected', Detail: expect.stringContaining('unknown') }],
  ])('answers %s in the shape that handlers read, and sends nothing after it', async (code, reply) => {
    const { result, sent } = call('asterisk.manager_action', [ping, ping], {}, [ami(code)]);
    expect(await result).toEqual([reply, { Response: 'Error', Message: expect.stringContaining('Not sent') }]);
    expect(sent).toHaveLength(1);
  }); // prettier-ignore

  test('goes on after an error that Asterisk answered', async () => {
    const refused = [{ Response: 'Error', Message: 'No such channel' }];
    const { result } = call('asterisk.manager_action', [ping, ping], {}, [refused]);
    expect(await result).toEqual([...refused, { Response: 'Success' }]);
  });

  test('gives the actions of a list the time of the job together', async () => {
    const { result, sent } = call('asterisk.manager_action', [ping, ping, ping], { timeout: 9.5 });
    await result;
    expect(sent.map(({ timeoutMs }) => timeoutMs)).toEqual([9500, 9000, 8000]);
  });

  test('checks all actions before it sends the first', async () => {
    const { result, sent } = call('asterisk.manager_action', [
      ping,
      { Action: 'Command', Command: 'core stop now' },
    ]);
    await expect(result).rejects.toMatchObject({ code: 'JOB_REFUSED_BY_POLICY' });
    expect(sent).toEqual([]);
  });

  test.each<[string, Json[]]>([
    ['nothing', []],
    ['a text', ['Ping']],
    ['more than 50 actions', Array.from({ length: 51 }, () => ping)],
    ['a dict without Action', [{ Channel: 'x' }]],
  ])('refuses %s', async (_name, args) => {
    const { result, sent } = call('asterisk.manager_action', args);
    await expect(result).rejects.toMatchObject({ code: 'JOB_BAD_ARGUMENTS' });
    expect(sent).toEqual([]);
  });

  test("an action that can not be written down is the sender's fault, and refused while nothing was sent", async () => {
    const { result } = call('asterisk.manager_action', [ping], {}, [ami('AMI_ACTION_INVALID')]);
    await expect(result).rejects.toMatchObject({ code: 'JOB_BAD_ARGUMENTS' });
    const later = call('asterisk.manager_action', [ping, ping], {}, [
      [{ Response: 'Success' }],
      ami('AMI_ACTION_INVALID'),
    ]);
    expect(await later.result).toEqual([
      { Response: 'Success' },
      { Response: 'Error', Message: expect.stringContaining('AMI_ACTION_INVALID') },
    ]);
  });
});

describe('asterisk.command', () => {
  test('runs one line of the CLI', async () => {
    const output = [{ Response: 'Success', Output: ['a', 'b'] }];
    const { result, sent } = call('asterisk.command', ['core show uptime'], {}, [output]);
    expect(await result).toEqual(output);
    expect(sent[0]?.action).toEqual({ Action: 'Command', Command: 'core show uptime' });
    await expect(
      call('asterisk.command', [], { command: 'x' }, [ami('AMI_NOT_CONNECTED')]).result,
    ).resolves.toEqual([{ Response: 'Error', Message: 'Asterisk is not connected' }]);
  });

  test.each<[string, Json[]]>([
    ['nothing', []], ['a number', [1]], ['blanks', ['  ']], ['two lines', ['a\r\nAction: x']], ['a long line', ['x'.repeat(901)]],
  ])('refuses %s', async (_name, args) => {
    const { result, sent } = call('asterisk.command', args);
    await expect(result).rejects.toMatchObject({ code: 'JOB_BAD_ARGUMENTS' });
    expect(sent).toEqual([]);
  }); // prettier-ignore
});

describe('agent.*', () => {
  test('agent.configure takes rules, and rules alone', async () => {
    const kwargs = { rules: [], rulesVersion: 'a'.repeat(16), asOf: 5 };
    const { result, configured } = call('agent.configure', [], { ...kwargs, policy: { functions: ['*'] } });
    expect(await result).toEqual({ applied: true, rulesVersion: 'a'.repeat(16), refusedRules: [] });
    expect(configured).toEqual([kwargs]);
    await expect(call('agent.configure', [], { rules: 'all' }).result).rejects.toMatchObject({
      code: 'JOB_BAD_ARGUMENTS',
    });
  });

  test('the others answer', async () => {
    expect(await call('test.ping').result).toBe(true);
    expect(await call('agent.status').result).toMatchObject({ pbx: 'acme_hq', at: 7 });
    const reload = call('agent.reload_config');
    expect([await reload.result, reload.asked()]).toEqual([true, 1]);
  });
});

describe('console.open', () => {
  const request = {
    url: 'wss://relay.example/production?ticket=abc',
    session: '5f1f2b54-35b5-4f0e-9d38-0c5c1c2c9a11',
    cols: 80,
    rows: 24,
    user: { id: 7, name: 'Ann' },
  };

  test('hands the request on and answers when the terminal runs', async () => {
    const { result, opened } = call('console.open', [], { ...request, address: '192.0.2.7' });
    await expect(result).resolves.toEqual({ session: request.session, started: true, shell: false });
    expect(opened).toEqual([{ ...request, address: '192.0.2.7' }]);
  });

  test.each<[string, { [key: string]: Json }]>([
    ['an address that is no WebSocket', { ...request, url: 'https://relay.example/' }],
    ['a terminal too large', { ...request, cols: 501 }],
    ['no user', { ...request, user: null }],
    ['a name too long', { ...request, user: { id: 7, name: 'x'.repeat(65) } }],
    ['an unknown key', { ...request, command: 'sh' }],
  ])('refuses %s, without repeating it', async (_, kwargs) => {
    const { result, opened } = call('console.open', [], kwargs);
    await expect(result).rejects.toMatchObject({ code: 'JOB_BAD_ARGUMENTS' });
    await expect(result).rejects.not.toThrow('abc');
    expect(opened).toEqual([]);
  });
});
