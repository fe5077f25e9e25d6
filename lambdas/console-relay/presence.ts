import { encodeFrame } from '#core/console/frame-codec.ts';
import { peerOf, type ConsoleRole } from '#core/console/frames.ts';
import type { ConsoleSession } from '#core/ports/console-sessions.ts';
import type { RelayDeps } from './relay-deps.ts';

type PresenceDeps = Pick<RelayDeps, 'sessions' | 'connections'>;

/** Sides that come and go faster than this are told the rest by whoever handles their next move. */
const tellings = 3;

/**
 * Tells a side whether the other one is there, and again when that has changed meanwhile: the connections' moves are
 * handled side by side, and what a side is told last must be so.
 */
export async function tellPresence(
  session: ConsoleSession,
  to: ConsoleRole,
  deps: PresenceDeps,
): Promise<void> {
  let current: ConsoleSession | undefined = session;
  let told: string | undefined;
  for (let telling = 0; telling < tellings && current !== undefined; telling += 1) {
    const { connection, ready } = current[to];
    if (connection === null || !ready) return;
    const message = presenceOf(current, peerOf(to));
    if (`${connection} ${message}` === told) return;
    told = `${connection} ${message}`;
    if (!(await deps.connections.post(connection, message))) return;
    current = await deps.sessions.find(session.id);
  }
}

function presenceOf(session: ConsoleSession, role: ConsoleRole): string {
  const { ready, received } = session[role];
  return encodeFrame({ v: 1, t: 'peer', here: ready, ...(ready && { received }) });
}
