/*
 * The credentials of all calls to AWS: short-lived, held here and refreshed before they end.
 *
 * - Their age counts from when they came, their life from AWS's own clock: a PBX whose clock is wrong neither
 *   drops them too early nor uses them too long.
 * - A refresh is due after 70 to 85 % of their life (a fleet that started together drifts apart) and runs beside
 *   the calls: they go on with the old ones. One refresh at a time.
 * - While refreshes fail the old ones serve as long as they are valid; after that calls fail at once, and what they
 *   were to carry waits in the spool and in the queue.
 * - When AWS rejects a call for its credentials, the next call waits for new ones.
 */
import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { Random } from '#core/ports/random.ts';
import { messageOf, OdoopbxError } from '#core/errors/odoopbx-error.ts';
import { CredentialBackoff, refusedPace, unreachablePace } from './credential-backoff.ts';
import type { CredentialAnswer, StsCredentials } from './request-credentials.ts';
import type { Problem } from './problem.ts';

export interface CredentialSource {
  /** Rejects CLOUD_UNREACHABLE, CLOUD_IDENTITY_REFUSED, CLOUD_REFUSED. */
  current(): Promise<StsCredentials>;
  /** AWS rejected a call that these signed. */
  rejected(accessKeyId: string): void;
  /** Ask anew as soon as somebody needs it: there is another certificate. */
  retryNow(): void;
  info(): { validUntil: number | null; problem: Problem | null };
}

export interface CredentialOptions {
  request: () => Promise<CredentialAnswer>;
  clock: Clock;
  random: Random;
  logger: Logger;
  /** Called when a problem came, went or became another. */
  changed?: () => void;
}

interface Held {
  credentials: StsCredentials;
  /** By this PBX's clock, milliseconds. */
  since: number;
  lifeMs: number;
  refreshAfterMs: number;
  rejected: boolean;
}

/** Credentials that are about to end are not given out: the call would reach AWS too late. */
const lastMomentMs = 5000;
/** Rejections further apart than this have nothing to do with each other. */
const forgetRejectionsMs = 3_600_000;

export function createCredentialSource(options: CredentialOptions): CredentialSource {
  const { request, clock, random, logger, changed = () => undefined } = options;
  const backoff = new CredentialBackoff(clock, random);
  const rejections = new CredentialBackoff(clock, random);
  let held: Held | null = null;
  let refreshing: Promise<Held> | null = null;
  let failure: OdoopbxError | null = null;
  let rejectedAt = Number.NEGATIVE_INFINITY;

  function ageOf({ since }: Held): number {
    return clock.now() - since;
  }

  function valid(): Held | null {
    // Younger than new: the clock was put back, and nobody knows by how much.
    if (held === null || ageOf(held) < 0) return null;
    return ageOf(held) < held.lifeMs - lastMomentMs ? held : null;
  }

  async function refresh(): Promise<Held> {
    try {
      const { credentials, date } = await request();
      held = hold(credentials, date);
      backoff.reset();
      logger.info('credentials obtained', { lifeSeconds: Math.round(held.lifeMs / 1000) });
      tell(null);
      return held;
    } catch (error) {
      const fault = asFault(error);
      backoff.failed(fault.code === 'CLOUD_UNREACHABLE' ? unreachablePace : refusedPace);
      tell(fault);
      throw fault;
    }
  }

  function hold(credentials: StsCredentials, date: string | undefined): Held {
    const now = clock.now();
    const theirs = date === undefined ? Number.NaN : Date.parse(date);
    const lifeMs = credentials.expiration.getTime() - (Number.isNaN(theirs) ? now : theirs);
    if (lifeMs <= lastMomentMs) throw new Error('the credentials that came have ended already');
    const refreshAfterMs = lifeMs * (0.7 + random.fraction() * 0.15);
    // By this PBX's clock, which is the SDK's.
    const expiration = new Date(now + lifeMs);
    return {
      credentials: { ...credentials, expiration },
      since: now,
      lifeMs,
      refreshAfterMs,
      rejected: false,
    };
  }

  function tell(next: OdoopbxError | null): void {
    const before = failure?.code;
    failure = next;
    if (next?.code === before) return;
    if (next === null) logger.info('credentials can be had again');
    else logger.warn('no new credentials', { code: next.code, error: next.message });
    changed();
  }

  return {
    async current() {
      const usable = valid();
      const due = usable === null || usable.rejected || ageOf(usable) >= usable.refreshAfterMs;
      if (due && refreshing === null && backoff.open) {
        refreshing = refresh().finally(() => (refreshing = null));
        // Whoever waits for it hears of it; who does not needs not.
        refreshing.catch(() => undefined);
      }
      if (usable !== null && !(usable.rejected && refreshing !== null)) return usable.credentials;
      if (refreshing === null) throw failure ?? asFault(new Error('no credentials'));
      try {
        return (await refreshing).credentials;
      } catch (error) {
        // Rejected they may be, but perhaps not by everybody.
        if (usable !== null) return usable.credentials;
        throw error;
      }
    },
    rejected(accessKeyId) {
      if (held?.credentials.accessKeyId !== accessKeyId || held.rejected) return;
      if (clock.now() - rejectedAt > forgetRejectionsMs) rejections.reset();
      // New ones every time would be asked for without end where it is the role that lacks a right.
      if (!rejections.open) return;
      rejections.failed(refusedPace);
      rejectedAt = clock.now();
      held.rejected = true;
      logger.warn('credentials rejected by AWS, asking for new ones');
    },
    retryNow: () => backoff.reset(),
    info() {
      const usable = valid();
      return {
        validUntil: usable === null ? null : usable.credentials.expiration.getTime() / 1000,
        problem: failure === null ? null : { code: failure.code, message: failure.message },
      };
    },
  };
}

function asFault(error: unknown): OdoopbxError {
  if (error instanceof OdoopbxError) return error;
  return new OdoopbxError('CLOUD_UNREACHABLE', messageOf(error), { retryable: true, cause: error });
}
