import { accessSync, constants, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { Random } from '#core/ports/random.ts';
import { messageOf, OdoopbxError } from '#core/errors/odoopbx-error.ts';
import { standaloneConfigSchema } from './config.ts';
import { createDoorApp } from './door.ts';
import { keptDoorKey } from './door-key.ts';
import type { StartSettings } from './environment.ts';
import { freePort } from './free-port.ts';
import { openHalves } from './halves.ts';
import { openPage } from './page-server/page-server.ts';
import { createStandalone, type Standalone } from './system.ts';

export interface StartDeps {
  clock: Clock;
  random: Random;
  logger: Logger;
  version: string;
}

export interface Started {
  readonly system: Standalone;
  /** What runs where, for a person. */
  readonly lines: readonly string[];
  readonly pageUrl: string;
  stop(): Promise<void>;
}

const defaultDoorPort = 8481;
const defaultPagePort = 8480;
const drainMs = 5000;
/** A status tells the rules that the agent has: often, so that a change in Odoo shows soon. */
const statusSeconds = 10;
/** So long the first lines wait for a real Asterisk's answer. */
const connectMs = 3000;
/** The stand-in's rule was saved before the agent was ever heard of: the door says so, and it tries again. */
const reloadTries = 5;

function folderName(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, '-')
    .slice(0, 60);
}

/** Events of a simulated PBX must never wait in the spool of a real one: each pair of ends has its own folder. */
export function pairFolder({ ami, odoo }: StartSettings): string {
  const pbx = ami ? folderName(`${ami.host}-${ami.port}`) : 'simulator';
  const target = odoo ? folderName(`${new URL(odoo.url).host}-${odoo.db}`) : 'stand-in';
  return `${pbx}-to-${target}`;
}

function makeStateDir(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    accessSync(path, constants.W_OK);
  } catch (error) {
    const message = `the state folder ${path} can not be written (${messageOf(error)}); STATE_DIR names another`;
    throw new OdoopbxError('CONFIG_INVALID', message, { cause: error });
  }
}

/** Everything of `npm start`: the halves, the system between them, the page. */
export async function startEverything(settings: StartSettings, deps: StartDeps): Promise<Started> {
  const { clock, random, logger, version } = deps;
  const stateDir = join(settings.stateDir, pairFolder(settings));
  makeStateDir(stateDir);
  const kept = settings.door.key === undefined ? keptDoorKey(settings.stateDir) : undefined;
  const key = settings.door.key ?? kept?.key ?? '';
  let system: Standalone | undefined;
  const halves = await openHalves(settings, {
    clock,
    logger,
    reloadAgents: () => void reload().catch(() => {}),
  });

  async function reload(): Promise<void> {
    for (let attempt = 0; attempt < reloadTries; attempt++) {
      const response =
        system &&
        (await createDoorApp(system.submit).request('/app/asterisk_plus/agent', {
          method: 'POST',
          headers: { 'x-api-key': key },
          body: JSON.stringify({ fun: 'agent.reload_config' }),
        }));
      if (response?.ok) return;
      await clock.sleep(1000);
    }
  }

  const stops: (() => Promise<void>)[] = [() => halves.stop()];
  const stop = async () => {
    for (const one of stops.toReversed()) await one();
  };
  try {
    const { bind, tls } = settings.door;
    const parsed = standaloneConfigSchema.parse({
      pbx: settings.pbx,
      stateDir,
      statusSeconds,
      ami: halves.ami,
      console: settings.console,
      odoo: halves.odoo,
      door: {
        bind,
        ...(tls ? { tls } : {}),
        port: settings.door.port ?? (await freePort(defaultDoorPort, bind)),
        keys: [{ secret: key }],
      },
    });
    const config = { ...parsed, odoo: halves.odoo };
    const running = createStandalone({
      config,
      clock,
      random,
      logger,
      version,
      consoleProgram: halves.consoleProgram,
    });
    system = running;
    await running.start();
    stops.push(() => running.stop({ drainMs }));
    const pagePort = settings.pagePort ?? (await freePort(defaultPagePort));
    const page = await openPage(pagePort, { system: running, config, trial: halves.trial, clock, random });
    stops.push(() => page.close());
    const pageUrl = `http://127.0.0.1:${page.port}`;
    const scheme = tls ? 'https' : 'http';
    const keyPlace = kept ? `key in ${kept.path}` : 'key from DOOR_KEY';
    const lines = [
      halves.trial.simulator
        ? `PBX    simulated, AMI on 127.0.0.1:${halves.ami.port} (AMI_HOST, AMI_USER, AMI_SECRET for a real one)`
        : `PBX    Asterisk at ${halves.ami.host}:${halves.ami.port}: ${await howAsteriskIs(running, clock)}`,
      halves.trial.standIn
        ? `Odoo   stand-in in memory on ${halves.odoo.url} (ODOO_URL, ODOO_DB, ODOO_LOGIN, ODOO_PASSWORD for a real one)`
        : `Odoo   ${halves.odoo.url}, database ${halves.odoo.db}: ${await howOdooIs(running, settings.pbx)}`,
      `Door   ${scheme}://${bind}:${running.doorPort}/app/asterisk_plus/agent (${keyPlace})`,
      `State  ${stateDir}`,
      `Page   ${pageUrl}`,
    ];
    return { system: running, lines, pageUrl, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function howAsteriskIs({ agent }: Standalone, clock: Clock): Promise<string> {
  const until = clock.now() + connectMs;
  while (agent.status().ami.state !== 'connected' && clock.now() < until) await clock.sleep(100);
  const { state, asteriskVersion, error } = agent.status().ami;
  if (state === 'connected') return `connected, version ${asteriskVersion ?? 'unknown'}`;
  return `${state} (${error ?? 'no answer yet'}); it goes on trying`;
}

async function howOdooIs({ odoo }: Standalone, pbx: string): Promise<string> {
  try {
    const { version } = await odoo.client.version();
    await odoo.client.ping();
    const present = await odoo.gateway.isPresent(pbx);
    return `version ${version}, ${present ? 'addon asterisk_plus found' : 'without the addon asterisk_plus'}`;
  } catch (error) {
    return `not to be worked with yet (${messageOf(error)}); events wait until it is`;
  }
}
