import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';
import { amiConfigSchema, type AmiConfig } from '#edge-agent/config/schema.ts';
import { odooConfigSchema, type OdooConfig } from './config.ts';
import type { StartSettings } from './environment.ts';
import type { TrialControls } from './page-server/snapshot.ts';
import { createPbxSimulator } from './simulator/ami-server.ts';
import { createStandInOdoo } from './stand-in-odoo/stand-in-odoo.ts';

/** Both ends of the system, each real or made up for trying it out. */
export interface Halves {
  ami: AmiConfig;
  odoo: OdooConfig;
  trial: TrialControls;
  /** The simulated PBX's own console. */
  consoleProgram?: readonly string[];
  stop(): Promise<void>;
}

/** A zone that is not the machine's: who mixes up local times and UTC shall see it. */
const simulatedZone = 'America/Caracas';

export interface HalvesDeps {
  clock: Clock;
  logger: Logger;
  /** Tells the agent that a rule of the stand-in was saved. */
  reloadAgents: () => void;
}

/** Starts what is not given as real. */
export async function openHalves(settings: StartSettings, deps: HalvesDeps): Promise<Halves> {
  const stops: (() => Promise<void>)[] = [];
  const trial: TrialControls = {};
  let { ami, odoo } = settings;
  let consoleProgram: readonly string[] | undefined;
  if (!ami) {
    const secret = randomBytes(16).toString('hex');
    const consoleSecret = randomBytes(16).toString('hex');
    const user = { username: 'agent', secret, read: 'all', write: 'originate,call,reporting' };
    const simulator = createPbxSimulator(
      {
        users: [user, { username: 'console', secret: consoleSecret, read: 'call', write: 'reporting' }],
        callsPerMinute: settings.callsPerMinute,
        timeZone: simulatedZone,
        seed: deps.clock.now() % 2 ** 32,
      },
      deps,
    );
    await simulator.start();
    stops.push(() => simulator.stop());
    const program = join(import.meta.dirname, 'simulator/cli/main.ts');
    consoleProgram = [process.execPath, program, String(simulator.port), consoleSecret];
    const credentials = { username: user.username, secret };
    ami = amiConfigSchema.parse({
      port: simulator.port,
      events: credentials,
      actions: credentials,
      timeZone: simulatedZone,
    });
    trial.simulator = {
      get callsPerMinute() {
        return simulator.traffic.callsPerMinute;
      },
      setCallsPerMinute: (value) => simulator.traffic.setCallsPerMinute(value),
      dropSessions: () => simulator.dropSessions(),
    };
  }
  if (!odoo) {
    const secret = randomBytes(20).toString('hex');
    const standIn = createStandInOdoo({
      port: 0,
      secret,
      clock: deps.clock,
      reloadAgents: deps.reloadAgents,
    });
    await standIn.start();
    stops.push(() => standIn.stop());
    odoo = odooConfigSchema.parse({ url: standIn.url, db: 'trial', login: 'admin', secret });
    trial.standIn = {
      get running() {
        return standIn.running;
      },
      start: () => standIn.start(),
      stop: () => standIn.stop(),
      notifications: () =>
        standIn.env.tables.notifications
          .all()
          .slice(-8)
          .toReversed()
          .map((record) => ({
            title: String(record['title'] ?? ''),
            message: String(record['message'] ?? ''),
            warning: record['warning'] === true,
            at: Number(record['at'] ?? 0),
          })),
    };
  }
  return {
    ami,
    odoo,
    trial,
    ...(consoleProgram ? { consoleProgram } : {}),
    async stop() {
      for (const stop of stops.toReversed()) await stop();
    },
  };
}
