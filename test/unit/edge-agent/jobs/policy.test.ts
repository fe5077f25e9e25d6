import { describe, expect, test } from 'vitest';
import * as fc from 'fast-check';
import type { Json } from '#core/contracts/job.ts';
import { actionFromDict } from '#edge-agent/jobs/functions/action-from-dict.ts';
import { createPolicy, type PolicySettings } from '#edge-agent/jobs/policy.ts';

type Dict = { [key: string]: Json };

/** What a job's action meets: the reading of the dict, then the policy. */
const check = (dict: Dict, settings?: PolicySettings) =>
  createPolicy(settings).checkAction(actionFromDict(dict));
const originate = (headers: Dict): Dict => ({
  Action: 'Originate', Channel: 'PJSIP/101', Context: 'from-internal', Exten: '102', Priority: '1', ...headers,
}); // prettier-ignore
const runApplication = (Application: string, Data = ''): Dict => ({
  Action: 'Originate',
  Channel: 'PJSIP/101',
  Application,
  Data,
});

/**
 * The names that Asterisk's own splitting (AST_STANDARD_APP_ARGS) makes of a header: commas outside of quotes,
 * parentheses and brackets separate, quotes and backslashes are dropped, the name ends at the first "=".
 */
function asteriskNames(header: string): string[] {
  const parts = [''];
  let depth = 0;
  let brackets = 0;
  let quoted = false;
  for (let i = 0; i < header.length; i += 1) {
    const char = header[i]!;
    if (char === '\\') parts[parts.length - 1] += header[(i += 1)] ?? '';
    else if (char === '"') quoted = !quoted;
    else if (char === ',' && !quoted && depth <= 0 && brackets <= 0) parts.push('');
    else {
      if (!quoted) {
        if (char === '(') depth += 1;
        if (char === ')' && depth > 0) depth -= 1;
        if (char === '[') brackets += 1;
        if (char === ']' && brackets > 0) brackets -= 1;
      }
      parts[parts.length - 1] += char;
    }
  }
  return parts.filter((part) => part.indexOf('=') > 0).map((part) => part.slice(0, part.indexOf('=')).trim());
}

describe('by default', () => {
  test.each<[string, Dict]>([
    ['click-to-call of OdooPBX', originate({ Timeout: 60_000, Async: true, EarlyMedia: 'true', CallerID: '"Zoë (Deutsche DB)" <101>', ChannelId: 'a', OtherChannelId: 'b', Variable: ['__REALCALLERIDNUM=101', 'SIPADDHEADER01=Alert-Info: x;y=1', 'PJSIP_HEADER(add,Alert-Info)=answer-after=0'] })],
    ['comma-separated variables', originate({ Variable: 'A=1,B=2,CALLERID(name)=x, CDR(userfield)=y' })],
    ['a value with commas', originate({ Variable: 'NOTE=Name (a, b), and more' })],
    ['a playback', runApplication('playback', 'custom/hello&tt-monkeys,noanswer')],
    ['a queue', runApplication('Queue', 'sales,t,,,60')],
    ['a hangup', { Action: 'Hangup', Channel: 'PJSIP/101-00000001', Cause: 16 }],
    ['a redirect', { action: 'redirect', channel: 'PJSIP/1-1', context: 'c', exten: '1', priority: 1 }],
    ['a list action', { Action: 'CoreShowChannels' }],
    ['Status with variables', { Action: 'Status', Variables: 'A, B_C' }],
  ])('allows %s', (_name, dict) => {
    expect(() => check(dict)).not.toThrow();
  }); // prettier-ignore

  test.each([
    'Command', 'command', ' COMMAND ', 'UpdateConfig', 'GetConfig', 'GetConfigJSON', 'CreateConfig',
    'ModuleLoad', 'Reload', 'Setvar', 'Getvar', 'DBPut', 'DBDel', 'DBDelTree', 'AGI', 'MixMonitor', 'Monitor',
    'Filter', 'UserEvent', 'DialplanExtensionAdd', 'DialplanExtensionRemove', 'PJSIPNotify', 'SIPnotify',
    'MessageSend', 'Login', 'Logoff', 'Events', 'QueueLog', 'LoggerRotate', 'VoicemailRefresh', 'ControlPlayback',
    'Originate2', 'NoSuchAction', 'constructor', '__proto__',
  ])('refuses the action %s', (Action) => {
    expect(() => check({ Action, Command: 'core restart now' })).toThrow(/policy\.actions/);
  }); // prettier-ignore

  test.each([
    'System', 'system', 'TrySystem', 'AGI', 'EAGI', 'DeadAGI', 'FastAGI', 'ExternalIVR', 'Exec', 'ExecIf', 'TryExec',
    'Macro', 'MacroExclusive', 'Gosub', 'GosubIf', 'Goto', 'GotoIf', 'Set', 'MSet', 'Dial', 'Originate', 'Page',
    'ChanSpy', 'ExtenSpy', 'MixMonitor', 'Monitor', 'Record', 'Dictate', 'VoiceMailMain', 'Authenticate', 'Read',
    'ReadExten', 'DISA', 'Directory', 'SendText', 'JACK', 'Log', 'StackPop', 'WaitExten', 'While', 'Verbose',
    'AudioSocket', 'UserEvent', 'Playback(x)', 'Playback,System',
  ])('refuses the application %s', (application) => {
    expect(() => check(runApplication(application, 'touch /tmp/x'))).toThrow(/policy\.applications/);
  }); // prettier-ignore

  test.each<[string, Dict]>([
    ['an expression in Data', runApplication('Playback', '${SHELL(id)}')],
    ['an arithmetic expression', runApplication('Wait', '$[1+1]')],
    ['an expression hidden by a backslash', runApplication('Playback', '$\\{SHELL(id)}')],
    ['an expression hidden by quotes', runApplication('Playback', '$""{SHELL(id)}')],
    ['an expression in CallerID', originate({ CallerID: '${SHELL(id)} <1>' })],
    ['a hidden expression in CallerID', originate({ CallerID: '$\\{X} <1>' })],
    ['an expression in Exten', originate({ Exten: '${SHELL(id)}' })],
    ['an expression in Channel', originate({ Channel: 'Local/${SHELL(id)}@x' })],
    ['an expression in a variable', originate({ Variable: 'A=${SHELL(id)}' })],
    ['an expression in another action', { Action: 'QueueAdd', Queue: 'q', Interface: 'PJSIP/${ENV(x)}' }],
    ['a function in Data', runApplication('SayAlpha', 'SHELL(id)')],
    ['a jump in Park', runApplication('Park', 'lot,c(evil,s,1)')],
    ['a Queue that runs AGI', runApplication('Queue', 'sales,,,,60,/bin/evil.agi')],
    ['a Queue that runs a Gosub', runApplication('Queue', 'sales,,,,,,evil')],
    ['a Queue option with dialplan', runApplication('Queue', 'sales,F(evil^s^1)')],
    ['a remote sound', runApplication('Playback', 'http://10.0.0.1/x')],
    ['an absolute path', runApplication('Playback', 'hello&/var/spool/asterisk/voicemail/default/1/INBOX/msg0000')],
    ['a quoted absolute path', runApplication('Playback', '"/var/spool/x"')],
    ['a path upwards', runApplication('Playback', 'a/../../../voicemail/x')],
    ['a dialplan function', originate({ Variable: 'SHELL(touch /tmp/x)=1' })],
    ['a file function', originate({ Variable: 'FILE(/etc/asterisk/x.conf)=1' })],
    ['a hangup handler', originate({ Variable: 'CHANNEL(hangup_handler_push)=evil,s,1' })],
    ['an arbitrary function', originate({ Variable: 'GROUP()=1' })],
    ['a second variable behind a comma', originate({ Variable: 'A=1,CHANNEL(hangup_handler_push)=evil' })],
    ['one behind a bar', originate({ Variable: 'A=1|CHANNEL(hangup_handler_push)=evil' })],
    ['one in a list', originate({ Variable: ['A=1', 'GLOBAL(X)=2'] })],
    ['one in quotes', originate({ Variable: 'A=1,"CHANNEL(hangup_handler_push)"=evil' })],
    ['one with backslashes', originate({ Variable: 'A=1,CHAN\\NEL(hangup_handler_push)=evil' })],
    ['one around an allowed one', originate({ Variable: 'A=1,GROUP(b,CALLERID(num)=x' })],
    ['one with leading underscores', originate({ Variable: '__CHANNEL(hangup_handler_push)=evil' })],
    ['a variable that runs a program', originate({ Variable: '__MONITOR_EXEC=/bin/evil' })],
    ['a variable that steers transfers', originate({ Variable: 'A=1,_TRANSFER_CONTEXT=evil' })],
    ['a variable without a name', originate({ Variable: '=1' })],
    ['PreDialGoSub', originate({ PreDialGoSub: 'evil,s,1' })],
    ['an unknown header of Originate', originate({ Frobnicate: '1' })],
    ['a hangup of everything', { Action: 'Hangup', Channel: '/.*/' }],
    ['audio to any address', originate({ Channel: 'AudioSocket/10.0.0.1:9/x' })],
    ['audio by RTP', originate({ Channel: 'unicastrtp/10.0.0.1:9' })],
    ['a function read by Status', { Action: 'Status', Variables: 'A,SHELL(id)' }],
  ])('refuses %s', (_name, dict) => {
    expect(() => check(dict)).toThrow(/^This PBX does not allow /);
  }); // prettier-ignore

  test.each<[string, Dict, RegExp]>([
    ['a header in two spellings', { Action: 'Ping', action: 'Command' }, /twice/],
    ['a header hidden by case', originate({ channel: 'Local/1@evil' }), /twice/],
    ['a line break in a value', originate({ CallerID: '1\r\nAction: Command' }), /line break/],
    ['a bare line feed', originate({ CallerID: '1\nAction: Command' }), /line break/],
    ['a NUL', originate({ CallerID: '1\0' }), /NUL/],
    ['a line break in a variable', originate({ Variable: ['a=1\r\nX: y'] }), /line break/],
    ['a header in a name', { Action: 'Ping', 'X: y\r\nAction': 'Command' }, /no AMI header/],
    ['a colon in a name', { Action: 'Ping', 'Action:': 'Command' }, /no AMI header/],
    ['a space before the colon', { Action: 'Ping', 'Action ': 'Command' }, /no AMI header/],
    ['a list as Action', { Action: ['Ping', 'Command'] }, /not a list/],
    ['a dict as a value', originate({ CallerID: { a: 1 } }), /must be text/],
    ['a list in the list', originate({ Variable: [['A=1']] }), /must be text/],
    ['no action', { Channel: 'x' }, /no "Action"/],
    ['an action of null', { Action: null }, /no "Action"/],
  ])('can not be reached by %s', (_name, dict, problem) => {
    expect(() => check(dict)).toThrow(problem);
  });

  test('allows the functions of the design and no more', () => {
    const { checkFunction } = createPolicy();
    for (const fun of ['test.ping', 'agent.configure', 'recording.get_file', 'asterisk.manager_action']) {
      expect(() => checkFunction(fun)).not.toThrow();
    }
    for (const fun of [
      'asterisk.command',
      'asterisk.put_config',
      'file.delete',
      'console.open',
      'test',
      'agentx.y',
    ]) {
      expect(() => checkFunction(fun)).toThrow(/policy\.functions/);
    }
  });
});

describe('settings', () => {
  test('replace a list, or add to it by "default"', () => {
    expect(() => check({ Action: 'Ping' }, { actions: ['Status'] })).toThrow(/policy\.actions/);
    expect(() => check({ Action: 'Ping' }, { actions: ['default', 'Command'] })).not.toThrow();
    expect(() => check({ Action: 'Command' }, { actions: ['default', 'Command'] })).not.toThrow();
    expect(() => check({ Action: 'Ping' }, { actions: [] })).toThrow(/policy\.actions/);
    expect(() =>
      createPolicy({ functions: ['default', 'asterisk.command'] }).checkFunction('asterisk.command'),
    ).not.toThrow();
    expect(() =>
      check(originate({ Variable: 'GROUP()=1' }), { variables: ['default', 'GROUP(*'] }),
    ).not.toThrow();
    expect(() =>
      check(originate({ Variable: '_MONITOR_EXEC=x' }), { variables: ['MONITOR_EXEC'] }),
    ).not.toThrow();
  });

  const shared: PolicySettings = {
    channels: ['PJSIP/acme-', 'Local/'],
    contexts: ['acme-'],
    applications: ['default', 'Dial'],
  };

  test.each<[string, Dict]>([
    ['its own phone', originate({ Channel: 'PJSIP/acme-101', Context: 'acme-out' })],
    ['a Local channel into its context', originate({ Channel: 'Local/+49301@acme-out/n', Context: 'acme-out' })],
    ['its own live channel', { Action: 'Hangup', Channel: 'PJSIP/acme-101-0000001a' }],
    ['a live Local channel', { Action: 'Hangup', Channel: 'Local/1@acme-out-00000001;2' }],
    ['its own queue member', { Action: 'QueueAdd', Queue: 'acme', Interface: 'PJSIP/acme-101' }],
    ['Dial to its own', { Action: 'Originate', Channel: 'PJSIP/acme-1', Application: 'Dial', Data: 'PJSIP/acme-2&Local/1@acme-x,30,tT' }],
  ])('with prefixes allow %s', (_name, dict) => {
    expect(() => check(dict, shared)).not.toThrow();
  }); // prettier-ignore

  test.each<[string, Dict]>([
    ['another phone', originate({ Channel: 'PJSIP/other-101', Context: 'acme-out' })],
    ['another technology', originate({ Channel: 'SIP/acme-101', Context: 'acme-out' })],
    ['another trunk behind the prefix', originate({ Channel: 'PJSIP/acme-1@other-trunk', Context: 'acme-out' })],
    ['any address behind the prefix', originate({ Channel: 'PJSIP/acme-1/sip:x@evil', Context: 'acme-out' })],
    ['another context', originate({ Channel: 'PJSIP/acme-1', Context: 'other' })],
    ['no context', { Action: 'Originate', Channel: 'PJSIP/acme-1', Exten: '1', Priority: '1' }],
    ['another context by Local', originate({ Channel: 'Local/1@other', Context: 'acme-out' })],
    ['another context by local', originate({ Channel: 'local/1@other', Context: 'acme-out' })],
    ['the default context by Local', originate({ Channel: 'Local/1', Context: 'acme-out' })],
    ['two contexts in Local', originate({ Channel: 'Local/1@acme-out@other', Context: 'acme-out' })],
    ['a hidden leading space', originate({ Channel: '  Local/1@other', Context: 'acme-out' })],
    ['a redirect of another', { Action: 'Redirect', Channel: 'PJSIP/other-1', Context: 'acme-x', Exten: '1' }],
    ['a redirect of another pair', { Action: 'Redirect', Channel: 'PJSIP/acme-1', ExtraChannel: 'PJSIP/other-1', Context: 'acme-x', Exten: '1' }],
    ['a redirect elsewhere', { Action: 'Redirect', Channel: 'PJSIP/acme-1', Context: 'other', Exten: '1' }],
    ['a second leg elsewhere', { Action: 'Redirect', Channel: 'PJSIP/acme-1', ExtraContext: 'other', Context: 'acme-x', Exten: '1' }],
    ['a redirect to the current context', { Action: 'Redirect', Channel: 'PJSIP/acme-1', Exten: '1' }],
    ['a hangup of another', { Action: 'Hangup', Channel: 'PJSIP/other-1' }],
    ['a bridge with another', { Action: 'Bridge', Channel1: 'PJSIP/acme-1', Channel2: 'PJSIP/other-1' }],
    ['another queue member', { Action: 'QueueAdd', Queue: 'acme', Interface: 'Local/1@other' }],
    ['Dial to another', { Action: 'Originate', Channel: 'PJSIP/acme-1', Application: 'Dial', Data: 'PJSIP/acme-2&PJSIP/other-1' }],
    ['Dial with a jump', { Action: 'Originate', Channel: 'PJSIP/acme-1', Application: 'Dial', Data: 'PJSIP/acme-2,30,G(other^1^1)' }],
  ])('with prefixes refuse %s', (_name, dict) => {
    expect(() => check(dict, shared)).toThrow(/^This PBX does not allow /);
  }); // prettier-ignore
});

test('contexts alone bind Local channels, any other technology is free', () => {
  const settings = { contexts: ['acme-'] };
  const to = (Channel: string) => () => check(originate({ Channel, Context: 'acme-out' }), settings);
  expect(to('PJSIP/1@trunk')).not.toThrow();
  expect(to('Local/1@acme-out/n')).not.toThrow();
  expect(to('Local/1@other')).toThrow(/policy\.contexts/);
  expect(to('Local/1@acme-out@other')).toThrow(/two "@"/);
});

test('whatever a Variable header holds, Asterisk sets only allowed names', () => {
  const policy = createPolicy();
  const token = fc.constantFrom('A', 'B_1', '=', ',', '(', ')', '"', '\\', '[', ']', ' ', '_', '__', 'CALLERID(num)', 'GROUP(', 'PJSIP_HEADER(add,', 'MONITOR_EXEC', '1', '|');
  let accepted = 0;
  fc.assert(
    fc.property(fc.array(token, { maxLength: 14 }), (tokens) => {
      const header = tokens.join('');
      try {
        policy.checkAction({ Action: 'Originate', Channel: 'PJSIP/1', Context: 'c', Variable: header });
      } catch {
        return;
      }
      accepted += 1;
      for (const name of asteriskNames(header)) {
        expect(name, header).not.toMatch(/GROUP\(.*\)$|^_*MONITOR_EXEC$/);
      }
    }),
    { numRuns: 20_000 },
  );
  expect(accepted).toBeGreaterThan(100);
}); // prettier-ignore
