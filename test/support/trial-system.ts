import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '#core/ports/logger.ts';
import { systemClock } from '#edge-agent/system-clock.ts';
import { systemRandom } from '#edge-agent/system-random.ts';
import { standaloneConfigSchema, type StandaloneConfig } from '#standalone/config.ts';
import { createPbxSimulator, type PbxSimulator } from '#standalone/simulator/ami-server.ts';
import type { SimulatorSettings } from '#standalone/simulator/settings.ts';
import {
  createStandInOdoo,
  type HandledCall,
  type StandInOdoo,
} from '#standalone/stand-in-odoo/stand-in-odoo.ts';
import { createStandalone, type Standalone, type StandaloneOptions } from '#standalone/system.ts';

const doorKey = 'a-door-key-of-the-tests';
const apiKey = '0f'.repeat(20);

/** A whole standalone on a simulated PBX and a stand-in Odoo, on ephemeral ports, in a folder of its own. */
export interface Trial {
  readonly simulator: PbxSimulator;
  readonly odoo: StandInOdoo;
  /** What the stand-in's handlers were called with, in order. */
  readonly handled: HandledCall[];
  readonly config: StandaloneConfig;
  readonly doorKey: string;
  system: Standalone;
  /** Stops the system and starts it anew on the same folder. */
  restart(options?: { drainMs: number }): Promise<void>;
  postJob(body: unknown, headers?: Record<string, string>): Promise<Response>;
  stop(): Promise<void>;
}

export async function startTrial(
  settings: Partial<SimulatorSettings> = {},
  changes: Record<string, unknown> = {},
  more: Pick<StandaloneOptions, 'consoleProgram'> = {},
): Promise<Trial> {
  const folder = mkdtempSync(join(tmpdir(), 'odoopbx-trial-'));
  const clock = systemClock;
  const user = { username: 'agent', secret: 'secret', read: 'all', write: 'originate,call,reporting' };
  const simulator = createPbxSimulator(
    { callsPerMinute: 0, speed: 50, users: [user], ...settings },
    { clock, logger: silentLogger },
  );
  await simulator.start();
  const handled: HandledCall[] = [];
  let trial: Trial | undefined;
  const odoo = createStandInOdoo({
    port: 0,
    secret: apiKey,
    clock,
    handled: (call) => void handled.push(call),
    // As the addon: a job for every agent when a rule was saved.
    reloadAgents: () => void trial?.postJob({ fun: 'agent.reload_config' }).catch(() => {}),
  });
  await odoo.start();
  const credentials = { username: user.username, secret: user.secret };
  const parsed = standaloneConfigSchema.parse({
    pbx: 'home_pbx',
    stateDir: folder,
    statusSeconds: 10,
    ami: { port: simulator.port, events: credentials, actions: credentials, timeZone: 'America/Caracas' },
    odoo: { url: odoo.url, db: 'demo', login: 'admin', secret: apiKey },
    door: { port: 1, keys: [{ secret: doorKey }] },
    inbox: { maxRetrySeconds: 1 },
    ...changes,
  });
  const config = { ...parsed, door: { ...parsed.door!, port: 0 }, odoo: parsed.odoo! };
  const create = () =>
    createStandalone({ config, clock, random: systemRandom, logger: silentLogger, version: 'test', ...more });
  trial = {
    simulator,
    odoo,
    handled,
    config,
    doorKey,
    system: create(),
    async restart({ drainMs } = { drainMs: 2000 }) {
      await this.system.stop({ drainMs });
      this.system = create();
      await this.system.start();
    },
    postJob(body, headers = {}) {
      return fetch(`http://127.0.0.1:${this.system.doorPort}/app/asterisk_plus/agent`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-api-key': doorKey, ...headers },
        body: JSON.stringify(body),
      });
    },
    async stop() {
      await this.system.stop({ drainMs: 2000 });
      await odoo.stop();
      await simulator.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await trial.system.start();
  return trial;
}

/** Waits until `look` gives something; the error names what was waited for. */
export async function eventually<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  ms = 15_000,
): Promise<T> {
  const until = Date.now() + ms;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > until) throw new Error(`waited in vain for ${what}`);
    await systemClock.sleep(20);
  }
}
