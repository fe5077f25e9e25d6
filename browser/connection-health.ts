import { consoleLimits } from '#core/console/limits.ts';

/** A connection has so long to open and to be greeted by the relay. */
export const greetingMs = 15_000;
/** So long a frame may be missed, or one of ours be without an answer, before a new connection is tried. */
export const gapMs = 10_000;
export const unansweredMs = 30_000;

/** What is known of a connection; every time is one of `Timers.now`. */
export interface ConnectionFacts {
  readonly startedAt: number;
  readonly ready: boolean;
  readonly heardAt: number;
  /** Since when a ping has no answer. */
  readonly pingedAt: number | undefined;
  readonly gapSince: number | undefined;
  readonly unansweredSince: number | undefined;
  /** When it is to be replaced by a fresh one, before the gateway ends it. */
  readonly replaceAt: number;
}

/** What a connection needs now: a question whether anybody is there, or to be given up for a new one. */
export function connectionNeeds(facts: ConnectionFacts, now: number): 'nothing' | 'ping' | 'new connection' {
  const since = (moment: number | undefined): number => (moment === undefined ? 0 : now - moment);
  if (!facts.ready) return since(facts.startedAt) > greetingMs ? 'new connection' : 'nothing';
  const stuck = since(facts.gapSince) > gapMs || since(facts.unansweredSince) > unansweredMs;
  if (stuck || now > facts.replaceAt || since(facts.pingedAt) > consoleLimits.pongMs) return 'new connection';
  if (facts.pingedAt === undefined && since(facts.heardAt) > consoleLimits.pingMs) return 'ping';
  return 'nothing';
}

/** Half a second at first, up to five; `fraction` in [0, 1) spreads those that were cut off together. */
export function reconnectDelayMs(failures: number, fraction: number): number {
  const most = Math.min(5000, 500 * 2 ** failures);
  return most / 2 + (most / 2) * fraction;
}
