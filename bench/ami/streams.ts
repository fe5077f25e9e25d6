import { readFileSync } from 'node:fs';

export const streamNames = ['generated', 'recorded'] as const;
export type StreamName = (typeof streamNames)[number];

/** Bytes of whole AMI events, as Asterisk would write them. */
export interface EventStream {
  /** Offset after each event, so that a prefix of whole events can be taken. */
  ends: number[];
  names: string[];
  bytes: Buffer;
}

const channel = (i: number, side: string): string =>
  `Channel: PJSIP/trunk-0000${(i % 65536).toString(16).padStart(4, '0')}${side}\r\n`;

function common(i: number): string {
  return (
    `Timestamp: ${(1_795_378_000 + i / 500).toFixed(6)}\r\nSystemName: lab\r\n${channel(i, '')}` +
    `ChannelState: ${i % 7}\r\nChannelStateDesc: Up\r\nCallerIDNum: +1202555${String(i % 10000).padStart(4, '0')}\r\n` +
    `CallerIDName: Caller ${i % 97}\r\nConnectedLineNum: <unknown>\r\nConnectedLineName: <unknown>\r\nLanguage: en\r\n` +
    `AccountCode: \r\nContext: from-trunk\r\nExten: ${100 + (i % 800)}\r\nPriority: ${1 + (i % 9)}\r\n` +
    `Uniqueid: lab-1795378${String(i % 1000).padStart(3, '0')}.${i}\r\nLinkedid: lab-1795378${String(i % 1000).padStart(3, '0')}.${i - (i % 3)}\r\n`
  );
}

/** The mix of a call that was captured: 72 % VarSet, 6 % Newexten, the rest what rules ask for. */
const mix: readonly [share: number, name: string, own: (i: number) => string][] = [
  [
    72,
    'VarSet',
    (i) =>
      `Variable: RTPAUDIOQOS${i % 40}\r\nValue: ssrc=${i * 7919};themssrc=${i * 104_729};lp=0;rxjitter=0.0${i % 90}\r\n`,
  ],
  [
    6,
    'Newexten',
    (i) => `Extension: ${i % 1000}\r\nApplication: Dial\r\nAppData: PJSIP/${i % 1000},20,tT\r\n`,
  ],
  [6, 'Newstate', () => ''],
  [5, 'Hangup', (i) => `Cause: 16\r\nCause-txt: Normal Clearing\r\nTechCause: SIP ${200 + (i % 300)}\r\n`],
  [4, 'Newchannel', () => ''],
  [
    3,
    'DialEnd',
    (i) =>
      `${channel(i, '-dest').replace('Channel', 'DestChannel')}DestUniqueid: lab-1.${i}\r\nDialStatus: ANSWER\r\n`,
  ],
  [2, 'BridgeEnter', (i) => `BridgeUniqueid: 5f1e${i}\r\nBridgeType: basic\r\nBridgeNumChannels: 2\r\n`],
  [
    2,
    'Cdr',
    (i) =>
      `Source: ${i}\r\nDestination: 200\r\nStartTime: 2026-11-22 16:10:30\r\nDuration: ${i % 600}\r\nDisposition: ANSWERED\r\n`,
  ],
];
const privilege: Readonly<Record<string, string>> = {
  VarSet: 'dialplan,all',
  Newexten: 'dialplan,all',
  Cdr: 'cdr,all',
};

export function makeStream(name: StreamName, count: number): EventStream {
  return name === 'generated' ? generatedStream(count) : recordedStream(count);
}

function generatedStream(count: number): EventStream {
  const cumulative = mix.map(([share], k) => mix.slice(0, k).reduce((sum, [before]) => sum + before, share));
  const events: Buffer[] = [];
  const names: string[] = [];
  for (let i = 0; i < count; i += 1) {
    // 37 is coprime to 100: the kinds are spread, not in blocks.
    const at = (i * 37) % 100;
    const kind = mix[cumulative.findIndex((limit) => at < limit)];
    if (kind === undefined) continue;
    const [, name, own] = kind;
    names.push(name);
    const head = `Event: ${name}\r\nPrivilege: ${privilege[name] ?? 'call,all'}\r\n`;
    events.push(Buffer.from(`${head}${common(i)}${own(i)}\r\n`));
  }
  return join(events, names);
}

/** A recorded call of Asterisk 22, again and again. */
function recordedStream(count: number): EventStream {
  const file = new URL('../../test/fixtures/ami/asterisk-22.10.1-calls.ami', import.meta.url);
  const recorded = readFileSync(file);
  const text = recorded.subarray(recorded.indexOf('Event:')).toString('latin1');
  // As it was recorded, with the extra blank lines that Asterisk wrote: some clients stumble over them.
  const texts = text.split(/(?<=\r\n\r\n)(?=Event: )/);
  const once = texts.map((event) => Buffer.from(event, 'latin1'));
  const nameOf = texts.map((event) => /^Event: (\S+)/.exec(event)?.[1] ?? '');
  const events: Buffer[] = [];
  const names: string[] = [];
  for (let i = 0; i < count; i += 1) {
    const k = i % once.length;
    events.push(once[k] ?? Buffer.alloc(0));
    names.push(nameOf[k] ?? '');
  }
  return join(events, names);
}

/** About 22 % of the events of either stream. */
export const wantedNames: ReadonlySet<string> = new Set([
  'Newchannel',
  'Newstate',
  'Hangup',
  'DialEnd',
  'DialBegin',
  'BridgeEnter',
  'BridgeLeave',
  'Cdr',
  'UserEvent',
  'ExtensionStatus',
]);

function join(events: Buffer[], names: string[]): EventStream {
  let end = 0;
  const ends = events.map((event) => (end += event.length));
  return { ends, names, bytes: Buffer.concat(events) };
}
