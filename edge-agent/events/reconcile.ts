import type { AmiEvent } from '#core/contracts/ami-event.ts';
import { messageOf } from '#core/errors/odoopbx-error.ts';
import type { AmiActions, AmiReply } from '#core/ports/ami.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';
import { textHeader } from './cdr-times.ts';
import type { OpenChannels } from './open-channels.ts';

export interface ReconcileOptions {
  channels: OpenChannels;
  actions: AmiActions;
  clock: Clock;
  logger: Logger;
  /** Takes the Hangup of a channel that is gone. */
  hangUp(this: void, event: AmiEvent): void;
}

const listTimeoutMs = 30_000;
const firstRetryMs = 1000;
const lastRetryMs = 60_000;
/** A real Hangup may be on its way on the other session: it tells the cause, so it goes first. */
const graceMs = 2000;

/**
 * Closes the channels that hung up while the link was down. Only a list that came whole counts, and only channels
 * that were suspect when it was asked for: one that begins while the list is made stays open. Ends when that is
 * done or `signal` aborts; a list that fails is asked for again.
 */
export async function reconcile(options: ReconcileOptions, signal: AbortSignal): Promise<void> {
  const { channels, clock, logger } = options;
  const suspects = channels.suspects();
  const open = await listChannels(options, signal);
  if (!open) return;
  const openIds = new Set(open.map((entry) => textHeader(entry, 'Uniqueid')));
  for (const entry of open) channels.adopt(entry);
  for (const uniqueid of suspects) if (openIds.has(uniqueid)) channels.clear(uniqueid);
  if (!channels.suspects().length) return;
  await clock.sleep(graceMs, signal);
  if (signal.aborted) return;
  let closed = 0;
  for (const uniqueid of suspects) {
    const headers = channels.isSuspect(uniqueid) ? channels.close(uniqueid) : undefined;
    if (!headers) continue;
    closed += 1;
    options.hangUp({
      Event: 'Hangup',
      ...headers,
      Cause: '0',
      'Cause-txt': 'Unknown',
      _synthetic: true,
    });
  }
  logger.info('channels that ended unheard were closed', { closed, open: openIds.size });
}

/** The entries of a whole list, undefined when `signal` aborted before there was one. */
async function listChannels(
  { actions, clock, logger }: ReconcileOptions,
  signal: AbortSignal,
): Promise<AmiReply[] | undefined> {
  for (let retryMs = firstRetryMs; !signal.aborted; retryMs = Math.min(2 * retryMs, lastRetryMs)) {
    const problem = await actions
      .send({ Action: 'CoreShowChannels' }, { timeoutMs: listTimeoutMs, signal })
      .then(readList, messageOf);
    if (signal.aborted) return undefined;
    if (typeof problem !== 'string') return problem;
    logger.warn('the list of open channels is not to be had', { problem, retryMs });
    await clock.sleep(retryMs, signal);
  }
  return undefined;
}

/** The list's entries, or why it is not whole. */
function readList(replies: readonly AmiReply[]): AmiReply[] | string {
  const [response] = replies;
  if (response?.['Response'] !== 'Success') {
    return `Asterisk answered ${textHeader(response ?? {}, 'Message') || 'nothing'}`;
  }
  const last = replies.at(-1);
  if (last?.['Event'] !== 'CoreShowChannelsComplete' || last['EventList'] === 'Cancelled') {
    return 'the list was cut short';
  }
  const entries = replies.filter((reply) => reply['Event'] === 'CoreShowChannel');
  const count = textHeader(last, 'ListItems');
  return count === '' || Number(count) === entries.length
    ? entries
    : `the list has ${entries.length} entries of ${count}`;
}
