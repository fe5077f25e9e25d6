import { encodeFrame } from '#core/console/frame-codec.ts';
import { consoleRoles, type ConsoleRole } from '#core/console/frames.ts';
import { consoleLimits } from '#core/console/limits.ts';
import type { SessionEnd } from '#core/console/session-life.ts';
import { messageOf } from '#core/errors/odoopbx-error.ts';
import { closeConnection } from './close-connection.ts';
import type { RelayDeps } from './relay-deps.ts';

/**
 * Ends a session for both sides: each is told why, but for the one that says so (`by`), and closed. Does nothing
 * when it has ended already. A side that can not be told learns it when it comes back: its ticket is gone.
 */
export async function endSession(
  id: string,
  { code, reason }: SessionEnd,
  deps: Omit<RelayDeps, 'tickets'>,
  by?: ConsoleRole,
): Promise<void> {
  const { sessions, connections, logger, clock } = deps;
  const session = await sessions.remove(id);
  if (session === undefined) return;
  const seconds = Math.round(clock.now() / 1000 - session.createdAt);
  logger.info('a console session has ended', { session: id, pbx: session.pbx, code, seconds });
  const message = encodeFrame({ v: 1, t: 'end', code, reason: reason.slice(0, consoleLimits.reasonLength) });
  const closed = consoleRoles.map(async (role) => {
    const { connection } = session[role];
    if (connection === null) return;
    try {
      if (role !== by) await connections.post(connection, message);
    } catch (error) {
      logger.warn('the end of a console session could not be told', {
        session: id,
        role,
        cause: messageOf(error),
      });
    }
    await closeConnection(connection, deps);
  });
  await Promise.all(closed);
}
