import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { freePort } from '#standalone/free-port.ts';
import type { Bench } from '../global-setup.ts';
import { odooSession, upsertServer } from './odoo-admin.ts';
import type { OdooSession } from './odoo-admin.ts';
import { waitFor } from './wait-for.ts';

const pbx = 'acme_hq';
const checkout = resolve(import.meta.dirname, '../../..');

/**
 * The product between the lab's Asterisk and the lab's Odoo, as its operator runs it: `odoopbx-agent run` in a
 * process of its own with a configuration file; Odoo's server record points at its door.
 */
export interface Connector {
  admin: OdooSession;
  serverId: number;
  /** The door's address that takes Odoo's webhook. */
  webhookUrl: string;
  doorKey: string;
  /** What it logged so far. */
  log(): string;
  /** Ends it the way systemd does (SIGTERM), or as a power cut would (SIGKILL). */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Starts it again with the same configuration and state. */
  start(): Promise<void>;
  /** Stops it and removes its files. */
  remove(): Promise<void>;
  status(): Promise<{ state: string; status?: { rulesVersion: string | null; consoleEnabled?: boolean } }>;
}

/** `door` and `sections` are added to the agent's configuration. */
export async function startConnector(
  bench: Bench,
  door: Record<string, unknown> = {},
  sections: Record<string, unknown> = {},
): Promise<Connector> {
  const folder = mkdtempSync(join(tmpdir(), 'odoopbx-e2e-'));
  const configPath = join(folder, 'agent.yaml');
  const logPath = join(folder, 'log');
  // Beyond the lab's own ports, so that two labs' tests do not take the same one.
  const doorPort = await freePort(bench.lab.asterisk.port + 900);
  const doorKey = randomBytes(16).toString('hex');
  const { lab, agentUser } = bench;
  const config = {
    pbx,
    systemName: 'hq',
    stateDir: join(folder, 'state'),
    ami: {
      host: lab.asterisk.host,
      port: lab.asterisk.port,
      events: lab.asterisk.users.events,
      actions: lab.asterisk.users.actions,
      timeZone: lab.asterisk.timeZone,
    },
    odoo: {
      url: lab.odoo.url,
      db: lab.odoo.db,
      login: agentUser.login,
      secret: agentUser.apiKey,
    },
    door: { port: doorPort, keys: [{ secret: doorKey }], ...door },
    ...sections,
  };
  writeFileSync(configPath, stringify(config), { mode: 0o600 });
  const admin = odooSession({ ...lab.odoo, uid: lab.odoo.admin.uid, password: lab.odoo.admin.password });
  const serverId = await upsertServer(admin, {
    pbx,
    doorUrl: `http://127.0.0.1:${doorPort}/`,
    apiKey: doorKey,
    userId: agentUser.uid,
  });

  let child: ChildProcess | undefined;
  const start = async () => {
    child = spawn('node', ['standalone/agent.ts', 'run', '--config', configPath], {
      cwd: checkout,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const started = child;
    const keep = (chunk: Buffer) => writeFileSync(logPath, chunk, { flag: 'a' });
    started.stdout?.on('data', keep);
    started.stderr?.on('data', keep);
    await waitFor(
      'the connector to be online',
      async () => {
        if (started.exitCode !== null) throw new Error(`the connector ended:\n${readLog()}`);
        const { state, status } = await connector.status();
        return state === 'online' && (status?.rulesVersion ?? null) !== null;
      },
      60_000,
    );
  };
  const readLog = () => {
    try {
      return readFileSync(logPath, 'utf8');
    } catch {
      return '';
    }
  };
  const connector: Connector = {
    admin,
    serverId,
    webhookUrl: `http://127.0.0.1:${doorPort}/webhook/${doorKey}`,
    doorKey,
    log: readLog,
    start,
    async stop(signal = 'SIGTERM') {
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill(signal);
      await ended;
    },
    async remove() {
      await connector.stop();
      rmSync(folder, { recursive: true, force: true });
    },
    async status() {
      const run = spawn('node', ['standalone/agent.ts', 'status', '--json', '--config', configPath], {
        cwd: checkout,
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      let printed = '';
      run.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
      await once(run, 'close');
      return printed === '' ? { state: 'offline' } : (JSON.parse(printed) as { state: string });
    },
  };
  try {
    await start();
  } catch (error) {
    // Left running it would work on the next suite's events and jobs.
    const log = readLog();
    await connector.remove();
    throw new Error(`the connector did not start; its log:\n${log}`, { cause: error });
  }
  return connector;
}
