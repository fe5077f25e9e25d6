import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inRoot } from './chroot.ts';
import type { RootUse } from './chroot.ts';
import { endProcess, forgetProcess, isAlive, readRecord, recordProcess } from './process-record.ts';
import type { ProcessRecord } from './process-record.ts';
import { note, secondsSince } from './progress.ts';
import { contentHash, host, paths } from './settings.ts';

export type ServiceName = 'postgresql' | 'odoo' | 'asterisk' | 'moto';

/** A long-running process of the lab. */
export interface Service {
  readonly name: ServiceName;
  readonly port: number;
  readonly use: RootUse;
  readonly command: readonly string[];
  /** What the command line does not show, such as the configuration: it restarts when this changes. */
  readonly inputs: string;
  /** Whether it does its work already. */
  readonly isReady: () => Promise<boolean>;
}

const startLimitMs = 120_000;

/** How each one ends, in the order in which they stop: Odoo before its database. */
const endings: Readonly<Record<ServiceName, { signal: NodeJS.Signals; patienceMs: number }>> = {
  odoo: { signal: 'SIGTERM', patienceMs: 10_000 },
  asterisk: { signal: 'SIGTERM', patienceMs: 5000 },
  moto: { signal: 'SIGTERM', patienceMs: 5000 },
  // "Fast" shutdown: it does not wait for its clients to leave.
  postgresql: { signal: 'SIGINT', patienceMs: 20_000 },
};

export const serviceNames = Object.keys(endings) as readonly ServiceName[];

export function serviceLog(name: ServiceName): string {
  return join(paths.log, `${name}.log`);
}

export function isRunning(name: ServiceName): boolean {
  return isAlive(readRecord(name));
}

/** Whether it runs with exactly this command and configuration. */
export function runsAs(service: Service): boolean {
  const record = readRecord(service.name);
  return isAlive(record) && record.inputs === inputsOf(service);
}

/** Starts a service that does not run, restarts one that runs with other inputs. */
export async function startService(service: Service): Promise<void> {
  if (runsAs(service)) return;
  await stopService(service.name);
  const start = performance.now();
  await requireFreePort(service);
  const record = spawnService(service);
  await waitUntilReady(service, record);
  note(`${service.name}: ready on port ${service.port} after ${secondsSince(start)}`);
}

export async function stopService(name: ServiceName): Promise<void> {
  const record = readRecord(name);
  if (isAlive(record)) {
    const start = performance.now();
    const { signal, patienceMs } = endings[name];
    await endProcess(record, signal, patienceMs);
    note(`${name}: stopped in ${secondsSince(start)}`);
  }
  forgetProcess(name);
}

/** Ends the processes that the lab started, and no others. */
export async function stopServices(names: readonly ServiceName[]): Promise<void> {
  for (const name of serviceNames) if (names.includes(name)) await stopService(name);
}

function spawnService(service: Service): ProcessRecord {
  mkdirSync(paths.log, { recursive: true });
  mkdirSync(paths.run, { recursive: true });
  const [program = '', ...args] = inRoot(service.use, service.command);
  const log = openSync(serviceLog(service.name), 'a');
  const child = spawn(program, args, { detached: true, stdio: ['ignore', log, log], cwd: '/' });
  closeSync(log);
  child.on('error', () => {});
  child.unref();
  if (child.pid === undefined) throw new Error(`${program} could not be started`);
  return recordProcess(service.name, child.pid, inputsOf(service));
}

async function waitUntilReady(service: Service, record: ProcessRecord): Promise<void> {
  const deadline = performance.now() + startLimitMs;
  while (!(await service.isReady())) {
    const alive = isAlive(record);
    if (!alive || performance.now() > deadline) {
      const why = alive ? `was not ready after ${startLimitMs / 1000} s` : 'ended while starting';
      const log = serviceLog(service.name);
      if (alive) await stopService(service.name);
      throw new Error(`${service.name} ${why}. The end of ${log}:\n${endOf(log)}`);
    }
    await sleep(100);
  }
}

/** Another program on the port would pass for ours. */
async function requireFreePort(service: Service): Promise<void> {
  const probe = createServer();
  const listening = once(probe, 'listening');
  probe.listen(service.port, host);
  try {
    await listening;
  } catch (error) {
    const why = `Port ${service.port}, for the lab's ${service.name}, is taken`;
    throw new Error(`${why}; ODOOPBX_LAB_PORT_BASE moves the lab's ports`, { cause: error });
  }
  probe.close();
  await once(probe, 'close');
}

function inputsOf(service: Service): string {
  return contentHash(JSON.stringify(service.use), JSON.stringify(service.command), service.inputs);
}

export function endOf(file: string, lines = 30): string {
  try {
    const size = statSync(file).size;
    const text = readFileSync(file, 'utf8').slice(size > 1_000_000 ? -100_000 : 0);
    return text.trimEnd().split('\n').slice(-lines).join('\n');
  } catch {
    return '(there is none)';
  }
}
