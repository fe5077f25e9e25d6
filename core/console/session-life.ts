import type { ConsoleSession, ConsoleSide } from '../ports/console-sessions.ts';
import { consoleRoles, type ConsoleEndCode } from './frames.ts';
import { consoleLimits } from './limits.ts';

/** How long a session lives, in seconds. */
export const sessionLife = {
  /** In any case. */
  longest: 24 * 3600,
  /** Nothing typed and nothing shown. The agent has a limit of its own, which is shorter. */
  idle: 4 * 3600,
  /** A side whose connection is not known to be gone, yet sends nothing, not even its pings. */
  silent: 300,
  /** `heardAt` and `activeAt` may lag behind by so much: they are not written for each frame. */
  heardEvery: 60,
} as const;

export interface SessionEnd {
  readonly code: ConsoleEndCode;
  /** For a person. */
  readonly reason: string;
}

/** The session that a person opens at `now` (Unix seconds): nobody is there yet. */
export function newSession(
  opened: Pick<ConsoleSession, 'id' | 'pbx' | 'user' | 'address'>,
  now: number,
): ConsoleSession {
  const away: ConsoleSide = { connection: null, ready: false, left: null, received: 0, heardAt: now };
  const { longest } = sessionLife;
  return { ...opened, createdAt: now, endsAt: now + longest, activeAt: now, agent: away, browser: away };
}

/** Why a session is over that no side has ended; undefined: it is not. `now`: Unix seconds. */
export function endingOf(session: ConsoleSession, now: number): SessionEnd | undefined {
  if (now >= session.endsAt) return { code: 'limit', reason: 'The session has lasted for a day.' };
  if (now - session.activeAt > sessionLife.idle) {
    return { code: 'idle', reason: 'Nothing was typed or shown for hours.' };
  }
  for (const role of consoleRoles) {
    const { connection, heardAt } = session[role];
    const patience = connection === null ? consoleLimits.graceMs / 1000 : sessionLife.silent;
    if (now - heardAt <= patience) continue;
    const name = role === 'agent' ? 'PBX' : 'browser';
    const neverCame = connection === null && heardAt === session.createdAt;
    return neverCame
      ? { code: 'expired', reason: `The ${name} did not connect in time.` }
      : { code: 'peer-lost', reason: `The ${name} did not come back.` };
  }
  return undefined;
}
