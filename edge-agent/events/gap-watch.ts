import type { AmiEvent } from '#core/contracts/ami-event.ts';
import type { AmiActions } from '#core/ports/ami.ts';
import type { ChannelStore } from '#core/ports/channel-store.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { CdrBackfill } from './cdr-backfill.ts';
import type { OpenChannels } from './open-channels.ts';
import { reconcile } from './reconcile.ts';

export interface GapWatchOptions {
  channels: OpenChannels;
  channelStore: ChannelStore;
  actions: AmiActions;
  backfill: CdrBackfill | undefined;
  clock: Clock;
  logger: Logger;
  /** Takes the gap marker; `at`: Unix milliseconds. */
  emitGap(this: void, event: AmiEvent, at: number): void;
  /** Takes the Hangup of a channel that is gone. */
  emitHangup(this: void, event: AmiEvent): void;
}

/** Knows since when events may be missing, and sets right what can be set right once the link is up again. */
export interface GapWatch {
  linkUp(): void;
  /** `at`: Unix milliseconds. */
  linkDown(at: number): void;
  start(): void;
  stop(): Promise<void>;
}

/** How often the sign of life is written down: a gap over a restart may begin this much too early. */
const aliveEveryMs = 5000;
/** Every sixth sign of life the CDR file's end is noted. */
const checkpointEvery = 6;

export const gapEventName = 'OdooPBXGap';

export function gapWatch(options: GapWatchOptions): GapWatch {
  const { channels, channelStore, backfill, clock, logger } = options;
  /** Unix milliseconds since when events may be missing; null when none are. */
  let missingSince = channelStore.aliveAt();
  let link: AbortController | undefined;
  let life: AbortController | undefined;
  const running = new Set<Promise<unknown>>();

  const run = (work: Promise<unknown>) => {
    const done = work
      .catch((error: unknown) => {
        logger.error('what a gap left could not be set right', { error: String(error) });
      })
      .finally(() => running.delete(done));
    running.add(done);
  };

  const keepAlive = async (signal: AbortSignal) => {
    for (let turn = 0; !signal.aborted; turn += 1) {
      if (link) {
        channelStore.markAlive(clock.now());
        if (turn % checkpointEvery === 0) await backfill?.checkpoint();
      }
      await clock.sleep(aliveEveryMs, signal);
    }
  };

  return {
    linkUp: () => {
      link?.abort();
      link = new AbortController();
      const { signal } = link;
      const now = clock.now();
      if (missingSince !== null) {
        const event = gapEvent(missingSince, now);
        logger.warn('events may be missing', { from: event['From'], to: event['To'], open: channels.size });
        options.emitGap(event, now);
        if (backfill) run(backfill.run(signal));
      }
      missingSince = null;
      channelStore.markAlive(now);
      run(reconcile({ ...options, hangUp: options.emitHangup }, signal));
    },
    linkDown: (at) => {
      link?.abort();
      link = undefined;
      missingSince ??= at;
      channels.suspectAll();
      backfill?.linkDown();
    },
    start: () => {
      if (life) return;
      life = new AbortController();
      run(keepAlive(life.signal));
    },
    stop: async () => {
      if (link) channelStore.markAlive(clock.now());
      life?.abort();
      link?.abort();
      life = undefined;
      link = undefined;
      await Promise.all(running);
    },
  };
}

/** A marker that rules may name: `From` and `To` in Unix seconds. */
function gapEvent(from: number, to: number): AmiEvent {
  return { Event: gapEventName, From: from / 1000, To: Math.max(from, to) / 1000, _synthetic: true };
}
