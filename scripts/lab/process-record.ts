import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { paths } from './settings.ts';

/** A process that the lab started: enough to never mistake another one for it. */
export interface ProcessRecord {
  readonly pid: number;
  /** Clock ticks after boot, field 22 of /proc/PID/stat. */
  readonly startTime: string;
  readonly bootId: string;
  /** Hash of what it was started with. */
  readonly inputs: string;
}

/** The first line is the process id, as in any pid file; the others make sure of it. */
export function pidFile(service: string): string {
  return join(paths.run, `${service}.pid`);
}

export function recordProcess(service: string, pid: number, inputs: string): ProcessRecord {
  const startTime = startTimeOf(pid);
  if (startTime === undefined) throw new Error(`${service} ended as soon as it was started`);
  const record = { pid, startTime, bootId: bootId(), inputs };
  writeFileSync(pidFile(service), `${pid}\n${startTime}\n${record.bootId}\n${inputs}\n`);
  return record;
}

export function readRecord(service: string): ProcessRecord | undefined {
  let text: string;
  try {
    text = readFileSync(pidFile(service), 'utf8');
  } catch {
    return undefined;
  }
  const [pid = '', startTime = '', boot = '', inputs = ''] = text.split('\n');
  return { pid: Number(pid), startTime, bootId: boot, inputs };
}

export function forgetProcess(service: string): void {
  rmSync(pidFile(service), { force: true });
}

export function isAlive(record: ProcessRecord | undefined): record is ProcessRecord {
  if (record === undefined || record.bootId !== bootId()) return false;
  return startTimeOf(record.pid) === record.startTime;
}

/** Asks a process to end, and makes it end when it has not within `patienceMs`. */
export async function endProcess(
  record: ProcessRecord,
  signal: NodeJS.Signals,
  patienceMs: number,
): Promise<void> {
  signalProcess(record, signal);
  if (await isGoneWithin(record, patienceMs)) return;
  signalProcess(record, 'SIGKILL');
  if (await isGoneWithin(record, 10_000)) return;
  throw new Error(`Process ${record.pid} does not end, not even by SIGKILL`);
}

function signalProcess(record: ProcessRecord, signal: NodeJS.Signals): void {
  if (isAlive(record)) process.kill(record.pid, signal);
}

async function isGoneWithin(record: ProcessRecord, patienceMs: number): Promise<boolean> {
  const deadline = performance.now() + patienceMs;
  while (isAlive(record)) {
    if (performance.now() > deadline) return false;
    await sleep(50);
  }
  return true;
}

/** undefined for a process that is gone, or ended and only waits to be reaped. */
function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command's name is in parentheses and may hold spaces and parentheses itself.
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' || state === 'X' ? undefined : fields[18];
  } catch {
    return undefined;
  }
}

function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}
