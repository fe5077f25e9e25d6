import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { pbxNameOf } from '#core/contracts/names.ts';
import { type StatusFile, readStatusFile } from '#edge-agent/status/status-file.ts';
import type { LabStatus } from '#scripts/lab/lab-status.ts';
import type { Cloud } from './start-cloud.ts';

const checkout = resolve(import.meta.dirname, '../../..');

/** `odoopbx-agent run` in a process of its own, as systemd runs it. */
export interface AgentProcess {
  readonly configFile: string;
  /** What it last wrote into its state folder, while it runs. */
  status(): StatusFile | undefined;
  log(): string;
  /** Resolves when it is connected to Asterisk and has its rules from Odoo. */
  ready(): Promise<void>;
  start(): void;
  /** As systemd ends it, or as a power cut does. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Stops it and removes its files. */
  remove(): Promise<void>;
}

export interface AgentFiles {
  readonly configFile: string;
  readonly stateDir: string;
  /** Removed in the end. */
  readonly folder: string;
}

/** Files as `odoopbx-agent enroll` and a PBX's admin leave them. */
export async function writeAgentFiles(
  cloud: Cloud,
  lab: LabStatus,
  pbx: string,
  more: Readonly<Record<string, unknown>> = {},
): Promise<AgentFiles> {
  const folder = mkdtempSync(join(tmpdir(), 'odoopbx-agent-'));
  const { certificatePem, keyPem } = await cloud.identify(pbx);
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text, { mode: 0o600 });
  write('certificate.pem', certificatePem);
  write('key.pem', keyPem);
  write('ca.pem', cloud.ca.certificatePem);
  const stateDir = join(folder, 'state');
  mkdirSync(stateDir);
  const { region, names, credentials } = cloud;
  write(
    'agent.yaml',
    stringify({
      pbx,
      systemName: pbxNameOf(pbx),
      stateDir,
      ami: amiOf(lab),
      cloud: {
        region,
        bus: names.bus,
        queueUrl: `https://sqs.${region}.amazonaws.com/123456789012/${names.jobQueue(pbx)}`,
        credentialsEndpoint: credentials.endpoint,
        roleAlias: names.roleAlias,
        certificateFile: 'certificate.pem',
        keyFile: 'key.pem',
        caFile: 'ca.pem',
        endpoints: { events: cloud.gate.url, sqs: cloud.gate.url },
      },
      ...more,
    }),
  );
  return { configFile: join(folder, 'agent.yaml'), stateDir, folder };
}

export function amiOf({ asterisk }: LabStatus): Record<string, unknown> {
  const { host, port, users, timeZone } = asterisk;
  return { host, port, events: users.events, actions: users.actions, timeZone };
}

/** `env`: besides PATH. */
export function startAgentProcess(
  { configFile, stateDir, folder }: AgentFiles,
  env: Readonly<Record<string, string>> = {},
): AgentProcess {
  let child: ChildProcess | undefined;
  let log = '';
  const isRunning = () => child !== undefined && child.exitCode === null && child.signalCode === null;
  const agent: AgentProcess = {
    configFile,
    status() {
      const file = readStatusFile(stateDir);
      return isRunning() && file?.pid === child?.pid ? file : undefined;
    },
    log: () => log,
    async ready() {
      const deadline = Date.now() + 60_000;
      for (;;) {
        const status = agent.status()?.status;
        if (status?.ami.state === 'connected' && status.rulesVersion !== null) return;
        if (!isRunning()) throw new Error(`the agent ended:\n${log}`);
        if (Date.now() > deadline) throw new Error(`the agent was not ready after 60 s:\n${log}`);
        await sleep(100);
      }
    },
    start() {
      child = spawn(process.execPath, ['standalone/agent.ts', 'run', '--config', configFile], {
        cwd: checkout,
        env: { PATH: process.env['PATH'], ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      for (const stream of [child.stdout, child.stderr]) {
        stream?.setEncoding('utf8').on('data', (text: string) => (log += text));
      }
    },
    async stop(signal = 'SIGTERM') {
      if (child === undefined || !isRunning()) return;
      const ended = once(child, 'exit');
      child.kill(signal);
      await ended;
    },
    async remove() {
      await agent.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  agent.start();
  return agent;
}
