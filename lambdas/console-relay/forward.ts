import { encodeFrame } from '#core/console/frame-codec.ts';
import { peerOf, type ConsoleFrame, type ConsoleRole } from '#core/console/frames.ts';
import { messageOf } from '#core/errors/odoopbx-error.ts';
import type { ConsoleSession } from '#core/ports/console-sessions.ts';
import { closeConnection } from './close-connection.ts';
import { tellPresence } from './presence.ts';
import type { RelayDeps } from './relay-deps.ts';

/**
 * Hands a frame to the other side. A frame that does not reach it is not lost: its sender keeps it until it is
 * acknowledged, and sends it again when the other side is there (anew).
 */
export async function forward(
  session: ConsoleSession,
  from: ConsoleRole,
  frame: ConsoleFrame,
  deps: RelayDeps,
): Promise<void> {
  const { connections, logger } = deps;
  const to = peerOf(from);
  const { connection, ready } = session[to];
  if (connection === null || !ready) return;
  let posted: boolean;
  try {
    posted = await connections.post(connection, encodeFrame(frame));
  } catch (error) {
    // Nobody would send this frame again while the connection stands: the side must come back to say what it lacks.
    logger.warn('a frame could not be sent; its connection is dropped', {
      session: session.id,
      role: to,
      cause: messageOf(error),
    });
    await closeConnection(connection, deps);
    posted = false;
  }
  if (!posted) await dropConnection(session, to, connection, deps);
}

/** The connection is gone: the other side is told, once. */
export async function dropConnection(
  session: ConsoleSession,
  role: ConsoleRole,
  connection: string,
  deps: RelayDeps,
): Promise<void> {
  const { sessions, clock, logger } = deps;
  if (!(await sessions.leave(session.id, role, connection, clock.now() / 1000))) return;
  logger.info('a side of a console session is away', { session: session.id, role });
  const left = await sessions.find(session.id);
  if (left !== undefined) await tellPresence(left, peerOf(role), deps);
}
