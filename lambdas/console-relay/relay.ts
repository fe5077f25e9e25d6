/*
 * The middle of a console session: pairs a browser's terminal with a PBX's pseudo-terminal and hands their frames on.
 *
 * - A connection comes in by a one-time ticket, which says its session and its role; nothing that it sends can change
 *   either, and its frames go to the other role's connection of the same session alone.
 * - A role is spoken for by one connection, the newest; the one that it replaces is closed.
 * - Nothing is kept here of what the frames carry: sides number their frames and send again what was not acknowledged.
 * - Moves of one session may be handled side by side, by other processes too; the store's conditional writes decide.
 */
import { decodeFrame, encodeFrame } from '#core/console/frame-codec.ts';
import {
  framesFrom,
  peerOf,
  ticketSchema,
  type ConsoleFrame,
  type ConsoleRole,
} from '#core/console/frames.ts';
import { endingOf, sessionLife } from '#core/console/session-life.ts';
import { messageOf } from '#core/errors/odoopbx-error.ts';
import type { ConsoleSession } from '#core/ports/console-sessions.ts';
import { endSession } from './end-session.ts';
import { dropConnection, forward } from './forward.ts';
import { tellPresence } from './presence.ts';
import type { RelayDeps } from './relay-deps.ts';

export interface ConsoleRelay {
  /** A handshake: 200 lets the connection in. 401: no ticket; 403: none that is good (any more). */
  connect(connection: string, ticket: string | undefined): Promise<200 | 401 | 403>;
  /**
   * One text message of a connection; those of one connection may be handled side by side. Rejects where the store or
   * the connections fail; the connection is then closed, and its side comes back.
   */
  message(connection: string, text: string): Promise<void>;
  /** The connection is gone, whoever closed it. */
  disconnect(connection: string): Promise<void>;
  /** Ends what is over and no side has ended; call it every minute or more often. Returns how many it ended. */
  sweep(): Promise<number>;
}

export function createConsoleRelay(deps: RelayDeps): ConsoleRelay {
  const { sessions, connections, tickets, clock, logger } = deps;
  const seconds = (): number => clock.now() / 1000;

  async function greet(
    session: ConsoleSession,
    role: ConsoleRole,
    connection: string,
    received: number,
  ): Promise<void> {
    const resume = tickets.make();
    const ticket = { hash: tickets.hashOf(resume), expiresAt: session.endsAt };
    const greeted = await sessions.greet(session.id, role, connection, { received, ticket, now: seconds() });
    if (greeted === undefined) {
      await refuse(session, role, connection, 'A connection says hello once.');
      return;
    }
    const peer = greeted[peerOf(role)].ready;
    const ready = encodeFrame({ v: 1, t: 'ready', session: session.id, resume, peer });
    if (!(await connections.post(connection, ready))) {
      await dropConnection(greeted, role, connection, deps);
      return;
    }
    await tellPresence(greeted, peerOf(role), deps);
    // Read anew: the other side may have come while this one was told that it is not there.
    const now = await sessions.find(session.id);
    if (now !== undefined && (peer || now[peerOf(role)].ready)) await tellPresence(now, role, deps);
  }

  /** A session whose side breaks the protocol is over; a connection that was replaced meanwhile breaks nothing. */
  async function refuse(
    session: ConsoleSession,
    role: ConsoleRole,
    connection: string,
    reason: string,
  ): Promise<void> {
    const current = await sessions.find(session.id);
    if (current?.[role].connection !== connection) {
      await connections.close(connection);
      return;
    }
    logger.warn('a console session breaks the protocol', { session: session.id, role, cause: reason });
    await endSession(session.id, { code: 'protocol', reason: `The ${role}: ${reason}` }, deps);
  }

  async function handle(
    session: ConsoleSession,
    role: ConsoleRole,
    connection: string,
    frame: ConsoleFrame,
  ): Promise<void> {
    switch (frame.t) {
      case 'hello':
        return greet(session, role, connection, frame.received);
      case 'ping':
        await connections.post(connection, encodeFrame({ v: 1, t: 'pong' }));
        return undefined;
      case 'end':
        return endSession(session.id, frame, deps, role);
      case 'in':
      case 'out':
      case 'ack':
      case 'size':
      case 'notice':
        return forward(session, role, frame, deps);
      case 'pong':
      case 'peer':
      case 'ready':
        return undefined;
    }
  }

  async function receive(connection: string, text: string): Promise<void> {
    const found = await sessions.ofConnection(connection);
    if (found === undefined) {
      await connections.close(connection);
      return;
    }
    const { session, role, left } = found;
    const now = seconds();
    const ending = endingOf(session, now);
    if (ending?.code === 'limit') {
      await endSession(session.id, ending, deps);
      return;
    }
    let frame: ConsoleFrame;
    try {
      frame = decodeFrame(text);
    } catch (error) {
      await refuse(session, role, connection, messageOf(error));
      return;
    }
    if (!framesFrom[role].has(frame.t)) {
      await refuse(session, role, connection, `${frame.t} is not for this side to send.`);
      return;
    }
    // Its last frames, handled after its end: only the last word of all counts.
    if (left && frame.t !== 'end') return;
    const active = frame.t === 'in' || frame.t === 'out';
    const isOld = (at: number): boolean => now - at > sessionLife.heardEvery;
    if (isOld(session[role].heardAt) || (active && isOld(session.activeAt))) {
      await sessions.heard(session.id, role, connection, now, active);
    }
    await handle(session, role, connection, frame);
  }

  return {
    async connect(connection, ticket) {
      if (ticket === undefined || ticket === '') return 401;
      const isTicket = ticketSchema.safeParse(ticket).success;
      const admission = isTicket
        ? await sessions.admit(tickets.hashOf(ticket), connection, seconds())
        : undefined;
      if (admission === undefined) return 403;
      const { session, role, replaced } = admission;
      logger.info('a side of a console session connects', { session: session.id, pbx: session.pbx, role });
      if (replaced !== null) await connections.close(replaced);
      return 200;
    },

    async message(connection, text) {
      try {
        await receive(connection, text);
      } catch (error) {
        // What was in it may be lost: the side comes back, says what it has and gets the rest.
        await connections.close(connection);
        throw error;
      }
    },

    async disconnect(connection) {
      const found = await sessions.ofConnection(connection);
      if (found?.left === false) await dropConnection(found.session, found.role, connection, deps);
    },

    async sweep() {
      let ended = 0;
      for await (const page of sessions.open()) {
        for (const listed of page) {
          if (endingOf(listed, seconds()) === undefined) continue;
          // A list may be a moment old: who has come back meanwhile stays.
          const session = await sessions.find(listed.id);
          const ending = session && endingOf(session, seconds());
          if (ending === undefined) continue;
          await endSession(listed.id, ending, deps);
          ended += 1;
        }
      }
      return ended;
    },
  };
}
