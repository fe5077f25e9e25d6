import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { Random } from '#core/ports/random.ts';
import { messageOf } from '#core/errors/odoopbx-error.ts';
import type { Agent } from '#edge-agent/agent.ts';
import { createAgent } from '#edge-agent/main.ts';
import type { RouteDeps } from '#lambdas/route-events/route-deps.ts';
import { createRouteMemory } from '#lambdas/route-events/route-memory.ts';
import { routeMessages } from '#lambdas/route-events/route-messages.ts';
import type { WebhookDeps } from '#lambdas/submit-job/webhook.ts';
import type { OdooConfig, StandaloneConfig } from './config.ts';
import { type ConsoleDoor, createConsoleDoor } from './console/console-door.ts';
import { openDoor } from './door.ts';
import type { Listener } from './listen.ts';
import { createOdooTarget, type StandaloneOdoo } from './odoo-target.ts';
import { RouteCounts } from './route-counts.ts';
import { createRouteLoop } from './route-loop.ts';
import { createInboxBus } from './store/inbox-bus.ts';
import { openStore, type Store } from './store/store.ts';
import { sweepJobs } from './sweep-jobs.ts';
import { TapSwitch } from './tap.ts';
import { tappedBus, tappedQueue } from './tapped.ts';

export interface StandaloneOptions {
  config: StandaloneConfig & { odoo: OdooConfig };
  clock: Clock;
  random: Random;
  logger: Logger;
  version: string;
  /** A console for a PBX that has none of its own: see AgentOptions. */
  consoleProgram?: readonly string[] | undefined;
}

/**
 * The whole system in one process: agent → inbox → route-events → Odoo, and Odoo → door → queue → agent. Every
 * stage is the one that the cloud runs; SQLite stands for the bus, the inbox, the queues and the tables.
 */
export interface Standalone {
  readonly agent: Agent;
  readonly store: Store;
  readonly odoo: StandaloneOdoo;
  readonly taps: TapSwitch;
  readonly counts: RouteCounts;
  readonly submit: WebhookDeps;
  readonly consoles: ConsoleDoor;
  /** The door's port, once it is open. */
  readonly doorPort: number | undefined;
  /** Rejects LISTEN_FAILED, and what the agent's start rejects with; nothing is left running then. */
  start(): Promise<void>;
  /** Closes the door, then drains agent and inbox for up to `drainMs`; what is left waits on disk. */
  stop(options: { drainMs: number }): Promise<void>;
}

const sweepEveryMs = 10_000;

export function createStandalone(options: StandaloneOptions): Standalone {
  const { config, clock, random, logger } = options;
  const taps = new TapSwitch();
  const counts = new RouteCounts();
  const store = openStore(join(config.stateDir, 'standalone.sqlite'), clock, {
    maxInboxBytes: config.inbox.maxMegabytes * 1_000_000,
  });
  const keys = config.door?.keys.map(({ secret }) => createHash('sha256').update(secret).digest('hex'));
  store.directory.setKeys(config.pbx, keys ?? []);

  const odoo = createOdooTarget(config.odoo, config.rules, { clock, logger, taps });
  const queue = tappedQueue(store.queue, taps);
  const { jobs, directory } = store;
  const routeDeps: RouteDeps = {
    odooFor: () => odoo,
    jobs,
    directory,
    queue,
    clock,
    random,
    logger,
    counters: counts,
    memory: createRouteMemory(),
  };
  const consoles = createConsoleDoor({
    clock,
    logger,
    publicUrl: config.door?.publicUrl,
    tls: config.door?.tls !== undefined,
  });
  const submit: WebhookDeps = {
    console: consoles.deps,
    directory,
    jobs,
    queue,
    clock,
    random,
    logger,
    webhookOf: () => config.door?.webhook,
  };
  const loop = createRouteLoop({
    inbox: store.inbox,
    route: (messages) => routeMessages(messages, routeDeps, { remainingMs: () => Number.POSITIVE_INFINITY }),
    clock,
    logger,
    maxRetrySeconds: config.inbox.maxRetrySeconds,
    settled: (messages, outcomes) => {
      for (const tap of taps.taps) tap.settled?.(messages, outcomes);
    },
  });
  const agent = createAgent({
    config,
    bus: tappedBus(createInboxBus(store.inbox), taps),
    jobSource: store.queue.sourceOf(config.pbx),
    clock,
    random,
    logger,
    version: options.version,
    console: { transport: consoles.transport, program: options.consoleProgram },
    odooUrl: config.odoo.url,
    hooks: {
      event(event, receivedAt) {
        for (const tap of taps.taps) tap.amiEvent?.(event, receivedAt);
      },
      spooled(item) {
        for (const tap of taps.taps) tap.spooled?.(item);
      },
      delivery() {
        const { waiting, parked, retry } = store.inbox.stats();
        return { waiting, parked, failing: retry && { code: retry.code, message: retry.message } };
      },
    },
  });

  const stopping = new AbortController();
  let door: Listener | undefined;
  let sweeping: Promise<void> = Promise.resolve();

  async function sweep(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        sweepJobs(store, clock, logger);
        await consoles.sweep();
      } catch (error) {
        logger.error('overdue jobs could not be looked at', { error: messageOf(error) });
      }
      await clock.sleep(sweepEveryMs, stopping.signal);
    }
  }

  async function closeStore(): Promise<void> {
    await odoo.client.close();
    store.close();
  }

  return {
    agent,
    store,
    odoo,
    taps,
    counts,
    submit,
    consoles,
    get doorPort() {
      return door?.port;
    },
    async start() {
      try {
        if (config.door) door = await openDoor(config.door, submit, consoles);
        await agent.start();
      } catch (error) {
        await door?.close();
        await closeStore();
        throw error;
      }
      loop.start();
      sweeping = sweep();
    },
    async stop({ drainMs }) {
      const until = clock.now() + drainMs;
      const left = () => Math.max(0, until - clock.now());
      stopping.abort();
      const doorClosed = door?.close();
      // Consoles end with the agent's word.
      await agent.stop({ drainMs: left() });
      consoles.close();
      await doorClosed;
      await loop.stop({ drainMs: left() });
      await sweeping;
      await closeStore();
    },
  };
}
