import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import { silentLogger } from '#core/ports/logger.ts';
import { type AsteriskInfo, readAsteriskInfo } from './ami/asterisk-info.ts';
import { type AmiCredentials, type AmiTls, defaultTimeouts } from './ami/client-options.ts';
import { headerOf } from './ami/headers.ts';
import { Session } from './ami/session.ts';
import { connectBy } from './ami/transport.ts';
import { systemClock } from './system-clock.ts';
import { systemRandom } from './system-random.ts';

/** Asterisk greets a session that listens with FullyBooted. */
const greetingMs = 5000;

/**
 * Logs in as the agent does, once, and out again. `events` has to hear an event, `actions` tells what Asterisk
 * calls itself. Rejects AMI_UNREACHABLE, AMI_LOGIN_REFUSED, AMI_PROTOCOL, SETUP_FAILED.
 */
export async function checkLogin(
  address: { host: string; port: number; tls?: AmiTls },
  credentials: AmiCredentials,
  as: 'events' | 'actions',
): Promise<AsteriskInfo> {
  const greeted = new AbortController();
  const session = new Session({
    name: as,
    connect: connectBy(address),
    credentials,
    eventMask: as === 'events' ? 'on' : 'off',
    wanted: new Set(['FullyBooted']),
    timeouts: defaultTimeouts,
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
    onEvent(event) {
      if (headerOf(event, 'Event') === 'FullyBooted') greeted.abort();
    },
  });
  await session.open(new AbortController().signal);
  try {
    if (as === 'actions') return await readAsteriskInfo(session, defaultTimeouts.loginMs);
    await systemClock.sleep(greetingMs, greeted.signal);
    if (greeted.signal.aborted) return { asteriskVersion: null, systemName: null };
    throw new OdoopbxError(
      'SETUP_FAILED',
      `${credentials.username} logs in but hears no events: see its read classes`,
    );
  } finally {
    await session.close();
  }
}
