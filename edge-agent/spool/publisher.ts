import { maxBatchBytes } from '#core/contracts/ami-batch.ts';
import { messageOf, OdoopbxError } from '#core/errors/odoopbx-error.ts';
import type { PutOutcome } from '#core/ports/bus.ts';
import { LaneBackoff } from './lane-backoff.ts';
import type { Lane, PreparedEntry, PreparedRequest, Settlement } from './request.ts';
import type { Publisher, PublisherOptions, SpoolChange } from './spool.ts';

const lanes: readonly Lane[] = ['events', 'urgent'];
/** Sleeps are cut so that a clock that was set is noticed. */
const longestSleepMs = 60_000;

/**
 * Moves what is due from the spool to the bus, one request in flight. A lane in which an entry failed waits
 * with jittered back-off and then starts with that entry; the other lane goes on. A request that the bus
 * rejects as a whole is kept, whatever the reason: nothing of it was judged.
 */
export function createPublisher(options: PublisherOptions): Publisher {
  const { spool, bus, clock, random, logger } = options;
  const { batchMs = 100, requestTimeoutMs = 30_000 } = options;
  const backoff: Record<Lane, LaneBackoff> = {
    events: new LaneBackoff(clock, random),
    urgent: new LaneBackoff(clock, random),
  };
  const ended = new AbortController();
  let draining = false;
  let done = false;
  let running: Promise<void> | null = null;
  let sleeping = new AbortController();
  /** What was spooled since the last request was prepared. */
  let news = noNews();
  let unreachable = false;
  const disk = new LaneBackoff(clock, random);
  let diskFailing = false;
  /** Judged by the bus, not yet written down: nothing is sent before it is, or it would be sent again and again. */
  let unsettled: Settlement | null = null;

  const listen = (change: SpoolChange): void => {
    news.urgent ||= change.urgent;
    news.bytes += change.bytes;
    if (change.earliestDueAt !== null)
      news.closesAt = Math.min(news.closesAt, change.earliestDueAt + batchMs);
    sleeping.abort();
  };

  async function run(): Promise<void> {
    const stopListening = spool.onChange(listen);
    while (!ended.signal.aborted) {
      const pause = disk.blockedUntil();
      if (pause !== null) await clock.sleep(pause - clock.now(), ended.signal);
      else if (unsettled !== null) await settle(unsettled);
      else await publish();
      if (done) break;
    }
    stopListening();
  }

  async function publish(): Promise<void> {
    news = noNews();
    const open = lanes.filter((lane) => backoff[lane].blockedUntil() === null);
    const request =
      open.length === 0
        ? nothing
        : await onDisk(() => spool.prepare({ lanes: open, batchMs: draining ? 0 : batchMs }));
    if (request === undefined) return;
    if (request.entries.length > 0) await settle(await send(request));
    else if (draining && open.length === lanes.length) done = true;
    else await rest(request.wakeAt, open);
  }

  async function settle(settlement: Settlement): Promise<void> {
    unsettled = settlement;
    const settled = await onDisk(async () => {
      await spool.settle(settlement);
      return true;
    });
    if (settled) unsettled = null;
  }

  /** Undefined where the spool failed; it is left alone for a while then. */
  async function onDisk<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      const value = await work();
      disk.succeeded();
      diskFailing = false;
      return value;
    } catch (error) {
      if (!diskFailing)
        logger.error('publisher.spool_failed', { code: 'SPOOL_FAILED', cause: messageOf(error) });
      diskFailing = true;
      disk.failed();
      return undefined;
    }
  }

  async function send({ entries }: PreparedRequest): Promise<Settlement> {
    const outcomes = await put(entries);
    const accepted: PreparedEntry[] = [];
    const refused: { entry: PreparedEntry; error: string }[] = [];
    const failed: PreparedEntry[] = [];
    for (const [place, entry] of entries.entries()) {
      const outcome = outcomes[place] ?? { accepted: false, retryable: true, message: 'no outcome' };
      if (outcome.accepted) accepted.push(entry);
      else if (outcome.retryable) failed.push(entry);
      else {
        refused.push({ entry, error: outcome.message });
        const { kind, detailType } = entry;
        logger.error('publisher.entry_set_aside', {
          code: 'BUS_REFUSED',
          kind,
          detailType,
          cause: outcome.message,
        });
      }
    }
    for (const lane of lanes) {
      if (failed.some((entry) => entry.lane === lane)) backoff[lane].failed();
      else if (entries.some((entry) => entry.lane === lane)) backoff[lane].succeeded();
    }
    return { accepted, refused, failed };
  }

  async function put(entries: readonly PreparedEntry[]): Promise<PutOutcome[]> {
    const settled = new AbortController();
    const signal = AbortSignal.any([ended.signal, settled.signal]);
    const timeout = clock.sleep(requestTimeoutMs, signal).then((): never => {
      throw new OdoopbxError('BUS_UNREACHABLE', `no answer within ${requestTimeoutMs} ms`, {
        retryable: true,
      });
    });
    const plain = entries.map(({ source, detailType, detail }) => ({ source, detailType, detail }));
    try {
      const outcomes = await Promise.race([bus.put(plain, signal), timeout]);
      if (unreachable) logger.info('publisher.bus_reached');
      unreachable = false;
      return outcomes;
    } catch (error) {
      if (!unreachable && !ended.signal.aborted)
        logger.warn('publisher.bus_unreachable', { code: 'BUS_UNREACHABLE', cause: messageOf(error) });
      unreachable = true;
      return entries.map(() => ({ accepted: false, retryable: true, message: messageOf(error) }));
    } finally {
      settled.abort();
      timeout.catch(() => undefined);
    }
  }

  /**
   * Until the next batch closes, a lane's back-off ends, or something urgent or a whole batch was spooled. `open`: the
   * lanes that were looked into; a back-off that ended meanwhile is over now, not never.
   */
  async function rest(wakeAt: number | null, open: readonly Lane[]): Promise<void> {
    const blocked = lanes
      .filter((lane) => !open.includes(lane))
      .map((lane) => backoff[lane].blockedUntil() ?? clock.now());
    const eventsOpen = open.includes('events');
    const urgentOpen = open.includes('urgent');
    while (!ended.signal.aborted) {
      const times = [...blocked, ...(eventsOpen ? [wakeAt ?? Infinity, news.closesAt] : [])];
      const ms = Math.min(longestSleepMs, ...times.map((time) => time - clock.now()));
      if (ms <= 0 || (urgentOpen && news.urgent) || (eventsOpen && news.bytes >= maxBatchBytes)) return;
      sleeping = new AbortController();
      const signal = AbortSignal.any([sleeping.signal, ended.signal]);
      await clock.sleep(ms, signal);
      if (!signal.aborted) return;
      if (draining) return;
    }
  }

  return {
    start() {
      running ??= run();
    },
    async stop({ drainMs }) {
      draining = true;
      sleeping.abort();
      const drained = new AbortController();
      const stopped = (running ?? Promise.resolve()).finally(() => {
        drained.abort();
      });
      await clock.sleep(drainMs, drained.signal);
      ended.abort();
      await stopped;
    },
  };
}

const nothing: PreparedRequest = { entries: [], wakeAt: null };

function noNews(): { urgent: boolean; bytes: number; closesAt: number } {
  return { urgent: false, bytes: 0, closesAt: Infinity };
}
