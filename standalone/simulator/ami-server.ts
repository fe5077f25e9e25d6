import { createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';
import { AmiSession } from './ami-session.ts';
import { defaultExtensions } from './extensions.ts';
import { SimulatedPbx } from './pbx.ts';
import { SeededRandom } from './seeded-random.ts';
import type { SimulatorSettings } from './settings.ts';
import { reportPeers, Traffic } from './traffic.ts';

export interface PbxSimulator {
  readonly pbx: SimulatedPbx;
  /** Its own calls: how many, and how to change that. */
  readonly traffic: Pick<Traffic, 'callsPerMinute' | 'setCallsPerMinute'>;
  /** The port it listens on, known after `start()`. */
  readonly port: number;
  start(): Promise<void>;
  /** Cuts every session, as a PBX that goes away. */
  stop(): Promise<void>;
  /** Cuts the sessions and goes on: a network that failed. */
  dropSessions(): void;
}

const defaults: SimulatorSettings = {
  port: 0,
  users: [],
  callsPerMinute: 6,
  speed: 1,
  seed: 1,
  timeZone: 'America/Caracas',
  systemName: null,
  extensions: defaultExtensions,
  dialplanSteps: 37,
  loginPenaltyMs: 1000,
};

/** A PBX that speaks AMI on 127.0.0.1 as Asterisk 22 does, with calls that begin by themselves. */
export function createPbxSimulator(
  settings: Partial<SimulatorSettings> & Pick<SimulatorSettings, 'users'>,
  deps: { clock: Clock; logger: Logger },
): PbxSimulator {
  const all: SimulatorSettings = { ...defaults, ...settings };
  const pbx = new SimulatedPbx(all, deps.clock, new SeededRandom(all.seed));
  const traffic = new Traffic(pbx);
  const sessions = new Set<AmiSession>();
  const server: Server = createServer((socket: Socket) => {
    const session = new AmiSession(pbx, socket, deps.clock, deps.logger);
    sessions.add(session);
    socket.on('close', () => sessions.delete(session));
  });
  const dropSessions = () => {
    for (const session of sessions) session.close();
  };
  let port = all.port;
  return {
    pbx,
    traffic,
    get port() {
      return port;
    },
    async start() {
      server.listen(all.port, '127.0.0.1');
      await once(server, 'listening');
      const address = server.address();
      if (typeof address === 'object' && address) port = address.port;
      void traffic.run();
      void reportPeers(pbx);
    },
    async stop() {
      pbx.close();
      dropSessions();
      if (!server.listening) return;
      server.close();
      await once(server, 'close');
    },
    dropSessions,
  };
}
