import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inRoot } from './chroot.ts';
import { run } from './run.ts';
import type { RunResult } from './run.ts';
import { host, paths, ports } from './settings.ts';
import { fillTemplate } from './template.ts';

export interface CallOptions {
  /** What is dialled, e.g. `extensions.answered`. */
  readonly extension: string;
  /** How long the caller talks before it hangs up; default 1000. */
  readonly durationMs?: number;
  /** How long the caller waits for an answer before it gives up (CANCEL); default 60,000. */
  readonly patienceMs?: number;
  readonly from?: { readonly number: string; readonly name?: string };
  /** Several calls of the same kind, default 1, and how many of them begin per second, default 1. */
  readonly calls?: number;
  readonly callsPerSecond?: number;
  readonly signal?: AbortSignal;
}

export interface CallOutcome {
  /** Whether every call went as a call goes: answered, rejected or given up in an orderly way. */
  readonly orderly: boolean;
  /** The final SIP status of each call's INVITE: 200, 486 busy, 487 given up ... */
  readonly statuses: readonly number[];
  /** How many calls the other side ended. */
  readonly hungUpByCallee: number;
  /** What sipp printed, for when something went wrong. */
  readonly output: string;
}

/** Places a call through the trunk and follows it to its end. */
export async function placeCall(options: CallOptions): Promise<CallOutcome> {
  const { calls = 1, callsPerSecond = 1, from = { number: '1001' } } = options;
  const scenario = fillTemplate('sipp/caller.xml', {
    extension: options.extension,
    callerNumber: from.number,
    callerName: from.name ?? from.number,
    durationMs: options.durationMs ?? 1000,
    patienceMs: options.patienceMs ?? 60_000,
    rejections: rejections(),
  });
  const rate = ['-m', String(calls), '-r', String(callsPerSecond), '-l', String(calls)];
  const port = await freeUdpPort();
  const sipp = startSipp(scenario, port, [`${host}:${ports.sip}`, ...rate], options.signal);
  const { code, stdout, stderr, messages } = await sipp;
  return {
    orderly: code === 0,
    statuses: finalStatuses(messages),
    hungUpByCallee: messages.filter((line) => /\tR\t.*\tBYE /.test(line)).length,
    output: stdout + stderr,
  };
}

export interface PhoneOptions {
  readonly endpoint: 'phone1' | 'phone2';
  /** What it does with a call: default `answer`; `ring` never answers. */
  readonly behaviour?: 'answer' | 'ring' | 'busy' | 'decline';
  /** How long it rings before it answers, default 200. */
  readonly ringMs?: number;
  /** How long it talks before it hangs up itself, default one hour. */
  readonly talkMs?: number;
}

export interface Phone {
  readonly port: number;
  /** Switches it off. A call on it stays up in Asterisk: end the calls first. */
  stop(): Promise<void>;
}

const anHourMs = 3_600_000;

/** Switches a phone on; resolves when it takes calls. */
export async function startPhone(options: PhoneOptions): Promise<Phone> {
  const port = ports[options.endpoint];
  const off = new AbortController();
  const sipp = startSipp(phoneScenario(options), port, [], off.signal);
  const ended = sipp.then(
    ({ stdout, stderr }) => stdout + stderr,
    (error: unknown) => String(error),
  );
  const first = await Promise.race([ended, udpPortIsTaken(port)]);
  if (typeof first === 'string') throw new Error(`${options.endpoint} did not start:\n${first}`);
  return {
    port,
    stop: async () => {
      off.abort();
      await ended;
    },
  };
}

function phoneScenario(options: PhoneOptions): string {
  const { behaviour = 'answer', ringMs = 200, talkMs = anHourMs } = options;
  if (behaviour === 'busy') return fillTemplate('sipp/rejecting-phone.xml', { status: '486 Busy Here' });
  if (behaviour === 'decline') return fillTemplate('sipp/rejecting-phone.xml', { status: '603 Decline' });
  return fillTemplate('sipp/phone.xml', { ringMs: behaviour === 'ring' ? anHourMs : ringMs, talkMs });
}

interface SippResult extends RunResult {
  /** One line per SIP message. */
  readonly messages: readonly string[];
}

async function startSipp(
  scenario: string,
  port: number,
  args: readonly string[],
  signal: AbortSignal | undefined,
): Promise<SippResult> {
  const folder = mkdtempSync(join(paths.asteriskRoot, 'tmp/sipp-'));
  const cwd = `/tmp/${basename(folder)}`;
  try {
    writeFileSync(join(folder, 'scenario.xml'), scenario);
    const local = [
      '-i',
      host,
      '-p',
      String(port),
      '-mi',
      host,
      '-ci',
      host,
      '-cp',
      String(await freeUdpPort()),
    ];
    const media = ['-min_rtp_port', String(ports.rtpLast + 1), '-max_rtp_port', String(ports.rtpLast + 200)];
    const traces = ['-trace_err', '-trace_shortmsg', '-shortmessage_file', `${cwd}/messages.csv`];
    const argv = ['sipp', '-sf', 'scenario.xml', '-nostdin', '-aa', ...local, ...media, ...traces, ...args];
    const options = { allowFailure: true, ...(signal === undefined ? {} : { signal }) };
    // In a process namespace of its own every sipp would be process 1, and what it derives from
    // that (Call-ID, branch, tags) would be those of the call before.
    const result = await run(inRoot({ root: paths.asteriskRoot, cwd }, argv), options);
    return { ...result, stderr: result.stderr + errorsIn(folder), messages: linesOf(folder) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function linesOf(folder: string): string[] {
  return readFileSync(join(folder, 'messages.csv'), 'utf8').split('\n');
}

function errorsIn(folder: string): string {
  const files = readdirSync(folder).filter((file) => file.endsWith('_errors.log'));
  return files.map((file) => readFileSync(join(folder, file), 'utf8')).join('\n');
}

const rejectionStatuses = [403, 404, 408, 480, 484, 486, 488, 500, 502, 503, 600, 603];

function rejections(): string {
  const lines = rejectionStatuses.map(
    (status) => `  <recv response="${status}" optional="true" next="rejected"/>`,
  );
  return lines.join('\n');
}

function finalStatuses(messages: readonly string[]): number[] {
  return messages.flatMap((line) => {
    const match = /\tR\t.*CSeq:\d+ INVITE\tSIP\/2\.0 ([2-6]\d\d)/.exec(line);
    return match === null ? [] : [Number(match[1])];
  });
}

async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, host);
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  return port;
}

async function udpPortIsTaken(port: number): Promise<void> {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')} `;
  while (!readFileSync('/proc/net/udp', 'latin1').includes(wanted)) await sleep(20);
}
