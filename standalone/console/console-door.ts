/*
 * The console's relay in one process: the agent is joined to it without a network, browsers by WebSocket at
 * `/console?ticket=…` of the door and the page.
 *
 * - A handshake is answered only after the relay has taken its ticket; the ticket appears in no log.
 * - A browser that takes nothing in is cut off before much waits for it: its side comes back and is sent the rest.
 */
import { randomUUID } from 'node:crypto';
import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ServerType } from '@hono/node-server';
import { WebSocket, WebSocketServer } from 'ws';
import { ticketMint } from '#aws/ticket-mint.ts';
import { consoleLimits } from '#core/console/limits.ts';
import { messageOf, OdoopbxError } from '#core/errors/odoopbx-error.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { ConsoleSessions } from '#core/ports/console-sessions.ts';
import type { ConsoleTransport } from '#core/ports/console-transport.ts';
import type { Logger } from '#core/ports/logger.ts';
import { type ConsoleRelay, createConsoleRelay } from '#lambdas/console-relay/relay.ts';
import type { ConsoleDeps } from '#lambdas/submit-job/console-deps.ts';
import { createConsoleSessions } from '../store/console-sessions.ts';

export interface ConsoleDoorOptions {
  clock: Clock;
  logger: Logger;
  /** Where browsers reach the door, where that is not the address by which Odoo reaches it. */
  publicUrl?: string | undefined;
  tls: boolean;
}

export interface ConsoleDoor {
  /** For `submit-job`. */
  readonly deps: ConsoleDeps;
  readonly sessions: ConsoleSessions;
  /** For the agent of this process. */
  readonly transport: ConsoleTransport;
  /** Lets browsers in at `/console` of an HTTP server; `admits` may refuse a handshake before. */
  attach(server: ServerType, admits?: (request: IncomingMessage) => boolean): void;
  /** To be called every minute or more often. */
  sweep(): Promise<number>;
  /** Closes all connections. */
  close(): void;
}

interface Wire {
  send(message: string): boolean;
  close(): void;
}

/** Browsers that may be connected at a time; tickets are checked, but a handshake costs something too. */
const maxConnections = 100;
const maxBufferedBytes = 4 * 1024 * 1024;

export function createConsoleDoor(options: ConsoleDoorOptions): ConsoleDoor {
  const { clock, logger } = options;
  const wires = new Map<string, Wire>();
  const sessions = createConsoleSessions();
  const relay = createConsoleRelay({
    sessions,
    tickets: ticketMint,
    clock,
    logger,
    connections: {
      post: async (connection, message) => wires.get(connection)?.send(message) ?? false,
      close: async (connection) => wires.get(connection)?.close(),
    },
  });
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: consoleLimits.frameBytes,
    perMessageDeflate: false,
  });

  function take(connection: string, text: string): void {
    relay.message(connection, text).catch((error: unknown) => {
      logger.warn('a console frame failed', { error: messageOf(error) });
    });
  }

  function left(connection: string): void {
    wires.delete(connection);
    void relay.disconnect(connection);
  }

  function join(socket: WebSocket, connection: string): void {
    wires.set(connection, {
      send(message) {
        if (socket.readyState !== WebSocket.OPEN) return false;
        if (socket.bufferedAmount > maxBufferedBytes) {
          socket.terminate();
          return false;
        }
        socket.send(message);
        return true;
      },
      close: () => socket.close(1000),
    });
    socket.on('message', (data, isBinary) => {
      if (!isBinary && Buffer.isBuffer(data)) take(connection, data.toString('utf8'));
      else socket.close(1003);
    });
    socket.on('error', () => socket.terminate());
    socket.on('close', () => left(connection));
  }

  async function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const connection = randomUUID();
    const ticket = new URL(request.url ?? '/', 'http://door').searchParams.get('ticket') ?? undefined;
    const status = wires.size < maxConnections ? await relay.connect(connection, ticket) : 503;
    if (status !== 200) return refuse(socket, status);
    if (socket.destroyed) return left(connection);
    server.handleUpgrade(request, socket, head, (opened) => join(opened, connection));
    return undefined;
  }

  return {
    deps: {
      sessions,
      tickets: ticketMint,
      urlOf: (role, ticket, headers) =>
        role === 'agent' ? inProcessUrl(ticket) : browserUrl(ticket, headers.get('host'), options),
    },
    sessions,
    transport: inProcessTransport(relay, wires, take, left),
    attach(http, admits = () => true) {
      http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
        socket.on('error', () => socket.destroy());
        const path = (request.url ?? '').split('?', 1)[0];
        if (path !== '/console') return refuse(socket, 404);
        if (!admits(request)) return refuse(socket, 403);
        void upgrade(request, socket, head).catch(() => socket.destroy());
        return undefined;
      });
    },
    sweep: () => relay.sweep(),
    close() {
      for (const wire of wires.values()) wire.close();
      for (const client of server.clients) setTimeout(() => client.terminate(), 1000).unref();
    },
  };
}

function refuse(socket: Duplex, status: number): void {
  const reason = STATUS_CODES[status] ?? '';
  socket.end(`HTTP/1.1 ${status} ${reason}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function inProcessUrl(ticket: string): string {
  return `ws://127.0.0.1/console?ticket=${ticket}`;
}

/** By the name that Odoo knows the door by, unless the configuration has a better one. */
function browserUrl(
  ticket: string,
  host: string | undefined,
  { publicUrl, tls }: Pick<ConsoleDoorOptions, 'publicUrl' | 'tls'>,
): string {
  const base = new URL(publicUrl ?? `${tls ? 'https' : 'http'}://${host ?? '127.0.0.1'}`);
  const scheme = base.protocol === 'https:' ? 'wss' : 'ws';
  const path = base.pathname.replace(/\/$/, '');
  return `${scheme}://${base.host}${path}/console?ticket=${ticket}`;
}

/** The agent's connections, which are function calls. */
function inProcessTransport(
  relay: ConsoleRelay,
  wires: Map<string, Wire>,
  take: (connection: string, text: string) => void,
  left: (connection: string) => void,
): ConsoleTransport {
  return {
    async connect(url, listener, signal) {
      const connection = randomUUID();
      const status = await relay.connect(connection, new URL(url).searchParams.get('ticket') ?? undefined);
      if (status !== 200) throw new OdoopbxError('CONSOLE_REFUSED', `the relay answered ${status}`);
      signal.throwIfAborted();
      wires.set(connection, {
        send(message) {
          listener.message(message);
          return true;
        },
        close() {
          left(connection);
          listener.closed();
        },
      });
      return {
        send: (text) => take(connection, text),
        close: () => left(connection),
      };
    },
  };
}
