/** Every client behind one shape: connect, log in, hand each event to `onEvent` by the public callback. */
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { silentLogger } from '../../core/ports/logger.ts';
import type { AmiEventListener } from '../../core/ports/ami.ts';
import { wantedNames } from './streams.ts';

/** Resolves when events can come. */
type ConnectClient = (port: number, onEvent: () => void) => Promise<void>;

export interface BenchClient {
  /** `own`: the product; `peer`: a package of the npm registry; `limit`: no client at all. */
  role: 'own' | 'peer' | 'limit';
  /** How many events of the stream it gets: fewer for slow ones, so that the whole takes minutes. */
  events: number;
  selective?: boolean;
  connect: ConnectClient;
}

const host = '127.0.0.1';
const login = { username: 'bench', secret: 'bench' };
const require = createRequire(import.meta.url);

// What of the peers' interfaces is used here.
interface Emitter {
  on(event: string, listener: (...args: unknown[]) => void): Emitter;
}
type Connectable = Emitter & { connect(...args: unknown[]): unknown };

const heard = (emitter: Emitter, event: string): Promise<void> =>
  new Promise((resolve) => {
    emitter.on(event, () => resolve());
  });

async function own(
  port: number,
  wanted: ReturnType<AmiEventListener['wanted']>,
  onEvent: () => void,
): Promise<void> {
  const { createAmiClient } = await import('../../edge-agent/ami/client.ts');
  await new Promise<void>((resolve) => {
    const client = createAmiClient({
      host,
      port,
      events: login,
      actions: login,
      listener: { wanted: () => wanted, event: onEvent, linkUp: () => resolve(), linkDown() {} },
      clock: {
        now: () => Date.now(),
        sleep: (ms, signal) =>
          new Promise((wake) => {
            const timer = setTimeout(wake, ms);
            signal?.addEventListener('abort', () => {
              clearTimeout(timer);
              wake();
            });
          }),
      },
      random: { fraction: () => Math.random(), uuid: randomUUID },
      logger: silentLogger,
    });
    client.start();
  });
}

export const clients: Readonly<Record<string, BenchClient>> = {
  'socket alone': { role: 'limit', events: 200_000, connect: () => Promise.resolve() },
  'socket alone, one buffer': { role: 'limit', events: 200_000, connect: () => Promise.resolve() },
  'own, selective': {
    role: 'own',
    events: 200_000,
    selective: true,
    connect: (port, onEvent) => own(port, wantedNames, onEvent),
  },
  'own, whole objects': {
    role: 'own',
    events: 200_000,
    connect: (port, onEvent) => own(port, 'all', onEvent),
  },
  yana: {
    role: 'peer',
    events: 50_000,
    async connect(port, onEvent) {
      const Yana = require('yana') as new (options: object) => Connectable;
      const ami = new Yana({ host, port, login: login.username, password: login.secret, events: true });
      ami.on('event', onEvent);
      await new Promise((resolve) => ami.connect(resolve));
    },
  },
  'asterisk-ami': {
    role: 'peer',
    events: 50_000,
    async connect(port, onEvent) {
      const AsteriskAmi = require('asterisk-ami') as new (options: object) => Connectable;
      // Its default encoding, ascii, garbles every name that is not English.
      const ami = new AsteriskAmi({
        host,
        port,
        username: login.username,
        password: login.secret,
        ami_encoding: 'utf8',
      });
      const loggedIn = heard(ami, 'ami_login');
      ami.on('ami_data', (message) => {
        if ((message as { event?: unknown }).event !== undefined) onEvent();
      });
      ami.connect();
      await loggedIn;
    },
  },
  'asterisk-manager': {
    role: 'peer',
    events: 25_000,
    async connect(port, onEvent) {
      const manager = require('asterisk-manager') as (...args: unknown[]) => Emitter;
      const ami = manager(port, host, login.username, login.secret, true);
      ami.on('managerevent', onEvent);
      await heard(ami, 'response');
    },
  },
  'ami-io': {
    role: 'peer',
    events: 50_000,
    async connect(port, onEvent) {
      const AmiIo = require('ami-io') as {
        Client: new (options: object) => Connectable;
        SilentLogger: new () => object;
      };
      const options = { host, port, login: login.username, password: login.secret, encoding: 'utf8' };
      const ami = new AmiIo.Client({ ...options, logger: new AmiIo.SilentLogger() });
      ami.on('event', onEvent);
      // Where it hands events that carry an ActionID.
      ami.on('responseEvent', onEvent);
      const connected = heard(ami, 'connected');
      ami.connect();
      await connected;
    },
  },
  'asterisk-ami-client': {
    role: 'peer',
    events: 10_000,
    async connect(port, onEvent) {
      const AmiClient = require('asterisk-ami-client') as new () => Connectable;
      const ami = new AmiClient();
      await ami.connect(login.username, login.secret, { host, port });
      ami.on('event', onEvent);
    },
  },
};
