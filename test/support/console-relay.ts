import { ticketMint } from '#aws/ticket-mint.ts';
import { newSession } from '#core/console/session-life.ts';
import type { ConsoleRole } from '#core/console/frames.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { ConnectionListener, ConsoleTransport } from '#core/ports/console-transport.ts';
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import { silentLogger } from '#core/ports/logger.ts';
import { type ConsoleRelay, createConsoleRelay } from '#lambdas/console-relay/relay.ts';
import { createConsoleSessions } from '#standalone/store/console-sessions.ts';

interface Socket {
  readonly role: ConsoleRole;
  readonly listener: ConnectionListener;
}

/** The real relay with connections that are function calls; a test cuts them and loses what is on its way. */
export interface RelayInMemory {
  readonly relay: ConsoleRelay;
  readonly transport: (role: ConsoleRole) => ConsoleTransport;
  /** Makes a session; gives each side's address. */
  open(): Promise<Record<ConsoleRole, string>>;
  /** The side's network is gone: what it sends is lost, what it is sent too, and it can not come back. */
  cut(role: ConsoleRole): void;
  /** It is there again. */
  mend(role: ConsoleRole): void;
  /** Messages that passed, by side. */
  readonly passed: Record<ConsoleRole, string[]>;
  readonly sockets: ReadonlyMap<string, Socket>;
}

const sessionId = '5f1f2b54-35b5-4f0e-9d38-0c5c1c2c9a11';

export function relayInMemory(clock: Clock): RelayInMemory {
  const sockets = new Map<string, Socket>();
  const passed: RelayInMemory['passed'] = { agent: [], browser: [] };
  const isCut = new Set<ConsoleRole>();
  const sessions = createConsoleSessions();
  let connections = 0;

  const relay = createConsoleRelay({
    sessions,
    tickets: ticketMint,
    clock,
    logger: silentLogger,
    connections: {
      post: async (connection, message) => {
        const socket = sockets.get(connection);
        if (!socket) return false;
        if (!isCut.has(socket.role)) socket.listener.message(message);
        return true;
      },
      close: async (connection) => {
        const socket = sockets.get(connection);
        sockets.delete(connection);
        if (socket) socket.listener.closed();
      },
    },
  });

  return {
    relay,
    sockets,
    passed,
    async open() {
      const now = clock.now() / 1000;
      const tickets = { agent: ticketMint.make(), browser: ticketMint.make() };
      const record = (ticket: string) => ({ hash: ticketMint.hashOf(ticket), expiresAt: now + 60 });
      const opened = { id: sessionId, pbx: 'acme_hq', user: { id: 7, name: 'Ann' }, address: null };
      await sessions.create(newSession(opened, now), {
        agent: record(tickets.agent),
        browser: record(tickets.browser),
      });
      const url = (role: ConsoleRole) => `ws://relay.test/console?ticket=${tickets[role]}`;
      return { agent: url('agent'), browser: url('browser') };
    },
    transport: (role) => ({
      async connect(url, listener) {
        if (isCut.has(role)) throw new Error('no network');
        connections += 1;
        const id = `connection-${connections}`;
        const ticket = new URL(url).searchParams.get('ticket') ?? undefined;
        const socket = { role, listener };
        sockets.set(id, socket);
        const status = await relay.connect(id, ticket);
        if (status !== 200) {
          sockets.delete(id);
          throw new OdoopbxError('CONSOLE_REFUSED', `refused with ${status}`);
        }
        return {
          send(text) {
            if (isCut.has(role) || sockets.get(id) !== socket) return;
            passed[role].push(text);
            void relay.message(id, text);
          },
          close() {
            sockets.delete(id);
            void relay.disconnect(id);
          },
        };
      },
    }),
    cut(role) {
      isCut.add(role);
      for (const [id, socket] of sockets) {
        if (socket.role !== role) continue;
        sockets.delete(id);
        void relay.disconnect(id);
        socket.listener.closed();
      }
    },
    mend: (role) => void isCut.delete(role),
  };
}
