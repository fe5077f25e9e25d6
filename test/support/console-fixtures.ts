import { decodeFrame, encodeFrame } from '#core/console/frame-codec.ts';
import type { ConsoleFrame, ConsoleRole, FrameOf, FrameType } from '#core/console/frames.ts';
import { newSession } from '#core/console/session-life.ts';
import type { ConsoleConnections } from '#core/ports/console-connections.ts';
import type { ConsoleSession } from '#core/ports/console-sessions.ts';
import { ticketMint } from '#aws/ticket-mint.ts';
import { createConsoleRelay } from '#lambdas/console-relay/relay.ts';
import { createConsoleSessions } from '#standalone/store/console-sessions.ts';
import { manualClock } from './manual-clock.ts';
import { recordingLogger } from './recording-logger.ts';

/** A gateway without sockets: what each connection was sent, and which are closed. */
export class ScriptedConnections implements ConsoleConnections {
  readonly sent = new Map<string, ConsoleFrame[]>();
  readonly closed: string[] = [];
  /** Connections of which the gateway says that they are gone, or of which it says nothing. */
  readonly gone = new Set<string>();
  readonly failing = new Set<string>();
  readonly unclosable = new Set<string>();
  /** Called before a message is sent. */
  before: ((connection: string, frame: ConsoleFrame) => Promise<void>) | undefined;

  async post(connection: string, message: string): Promise<boolean> {
    const frame = decodeFrame(message);
    await this.before?.(connection, frame);
    if (this.failing.has(connection)) throw new Error('the gateway is busy');
    if (this.gone.has(connection) || this.closed.includes(connection)) return false;
    this.sent.set(connection, [...this.to(connection), frame]);
    return true;
  }

  async close(connection: string): Promise<void> {
    if (this.unclosable.has(connection)) throw new Error('the gateway is busy');
    this.closed.push(connection);
  }

  to(connection: string): ConsoleFrame[] {
    return this.sent.get(connection) ?? [];
  }

  last<T extends FrameType>(connection: string, t: T): FrameOf<T> | undefined {
    return this.to(connection).findLast((frame): frame is FrameOf<T> => frame.t === t);
  }
}

/** A relay with its stores in memory. */
export function relayBench() {
  const clock = manualClock();
  const sessions = createConsoleSessions();
  const connections = new ScriptedConnections();
  const logger = recordingLogger();
  const relay = createConsoleRelay({ sessions, connections, tickets: ticketMint, clock, logger });
  const send = (connection: string, frame: object): Promise<void> =>
    relay.message(connection, encodeFrame({ v: 1, ...frame } as ConsoleFrame));

  async function open(): Promise<{ session: ConsoleSession; tickets: Record<ConsoleRole, string> }> {
    const now = clock.now() / 1000;
    const session = newSession(
      { id: crypto.randomUUID(), pbx: 'acme_hq', user: { id: 7, name: 'Zoë' }, address: null },
      now,
    );
    const tickets = { agent: ticketMint.make(), browser: ticketMint.make() };
    const record = (ticket: string) => ({ hash: ticketMint.hashOf(ticket), expiresAt: now + 60 });
    await sessions.create(session, { agent: record(tickets.agent), browser: record(tickets.browser) });
    return { session, tickets };
  }

  /** A session with both sides there, on the connections `<name>-agent` and `<name>-browser`. */
  async function pair(name: string) {
    const { session, tickets } = await open();
    const [agent, browser] = [`${name}-agent`, `${name}-browser`];
    await relay.connect(agent, tickets.agent);
    await relay.connect(browser, tickets.browser);
    await send(agent, { t: 'hello', received: 0 });
    await send(browser, { t: 'hello', received: 0, cols: 80, rows: 24 });
    return { id: session.id, agent, browser, tickets };
  }

  return { clock, sessions, connections, logger, relay, send, open, pair };
}
