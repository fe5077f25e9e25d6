/** The composition root of the agent: joins ami, events, spool, jobs and status, which know nothing of each other. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentStatus } from '#core/contracts/agent-status.ts';
import { messageOf } from '#core/errors/odoopbx-error.ts';
import type { AgentControl } from '#core/ports/agent-control.ts';
import type { Agent, AgentOptions } from './agent.ts';
import {
  amiSettings,
  consoleParts,
  eventSettings,
  idleSources,
  jobFiles,
  observedListener,
  observedSpool,
  policySettings,
  rewriteOnChange,
  statusFileOf,
} from './agent-parts.ts';
import { type AmiClient, createAmiClient } from './ami/client.ts';
import { openFileFolder } from './files/file-folder.ts';
import { createConsole } from './console/console.ts';
import { openEventDatabase } from './events/event-database.ts';
import { createEventPipeline } from './events/event-pipeline.ts';
import { ruleFile } from './events/rule-file.ts';
import { openJournal } from './jobs/journal.ts';
import { createPolicy } from './jobs/policy.ts';
import { createJobReceiver } from './jobs/receive-jobs.ts';
import { createRegistry } from './jobs/registry.ts';
import { openSpool } from './spool/open-spool.ts';
import { createPublisher } from './spool/publisher.ts';
import { composeStatus, type StatusSources } from './status/compose-status.ts';
import { createStatusReporter } from './status/report-status.ts';
import { writeStatusFile } from './status/status-file.ts';
import { createStaging } from './uploads/staging.ts';
import { httpTransport } from './uploads/transport.ts';
import { createUploader } from './uploads/uploader.ts';

export type { Agent, AgentHooks, AgentOptions } from './agent.ts';

type Step = () => void | Promise<void>;

interface Running {
  sources: StatusSources;
  stop(drainMs: number): Promise<void>;
}

/** Nothing is opened before `start()`. */
export function createAgent(options: AgentOptions): Agent {
  const { config, clock } = options;
  const listeners = new Set<(status: AgentStatus) => void>();
  const idle = idleSources(options);
  let running: Running | undefined;

  return {
    async start() {
      mkdirSync(config.stateDir, { recursive: true, mode: 0o700 });
      const opened: Step[] = [];
      try {
        running = await open(options, opened, (status) => {
          for (const listener of listeners) listener(status);
        });
      } catch (error) {
        await closeAll(opened, options);
        throw error;
      }
    },
    async stop({ drainMs }) {
      const stopping = running;
      running = undefined;
      await stopping?.stop(drainMs);
    },
    status: () => composeStatus(running?.sources ?? idle, clock.now()),
    onStatus(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** Opens everything and sets it going; what was opened is added to `opened`, to be closed in reverse order. */
async function open(
  options: AgentOptions,
  opened: Step[],
  heard: (status: AgentStatus) => void,
): Promise<Running> {
  const { config, bus, jobSource, clock, random, logger } = options;
  const { pbx, stateDir } = config;
  const shared = { clock, random, logger };

  // The journal first: its lock is what keeps a second agent out of this state folder.
  const journal = openJournal(join(stateDir, 'jobs.db'));
  opened.push(() => journal.close());
  const database = openEventDatabase(join(stateDir, 'events.db'), clock, logger);
  opened.push(() => database.close());
  const spool = await openSpool({
    ...shared,
    path: join(stateDir, 'spool.db'),
    pbx,
    maxBytes: config.spool.maxBytes,
    maxAgeMs: config.spool.maxAge,
    rulesVersion: () => pipeline.rulesVersion(),
  });
  opened.push(() => spool.close());

  // Events need actions (to see open channels after a gap) and AMI needs the events' listener.
  const actions: AmiClient['actions'] = { send: (action, how) => ami.actions.send(action, how) };
  const pipeline = createEventPipeline({
    ...eventSettings(config, database.cdrStore),
    spool: observedSpool(spool, options.hooks),
    actions,
    ruleStore: ruleFile(join(stateDir, 'rules.json'), logger),
    channelStore: database.channelStore,
    clock,
    logger,
  });
  const listener = observedListener(pipeline.listener, options.hooks);
  const ami = createAmiClient({ ...shared, ...amiSettings(config.ami), listener });
  const publisher = createPublisher({ ...shared, spool, bus });

  const consoles = createConsole({
    ...shared,
    ...consoleParts(options),
    emit: (event) => pipeline.announce(event),
    changed: () => reporter.changed(),
  });

  const sources: StatusSources = {
    ...idleSources(options),
    console: () => ({ enabled: consoles.enabled, problem: consoles.problem }),
    ami: () => ami.status(),
    spool: () => spool.stats(),
    events: () => {
      const counts = pipeline.counts();
      return { ...counts, received: counts.received + ami.counts().skipped };
    },
    jobs: () => receiver.counts().finished,
    rulesVersion: () => pipeline.rulesVersion(),
    refusedRules: () => pipeline.refusedRules(),
  };
  const compose = () => composeStatus(sources, clock.now());
  const writeFile = (status: AgentStatus) => writeStatusFile(stateDir, statusFileOf(options, status));
  const reporter = createStatusReporter({
    compose,
    publish: [(status) => spool.addStatus(status), writeFile, heard],
    everyMs: config.statusSeconds * 1000,
    clock,
    logger,
  });
  const agent: AgentControl = {
    async configure(configure) {
      const { applied, refused } = pipeline.configure(configure);
      if (applied) await ami.refreshFilters();
      reporter.changed();
      return { applied, rulesVersion: pipeline.rulesVersion(), refusedRules: refused };
    },
    requestRules() {
      pipeline.forgetRulesVersion();
      reporter.changed({ force: true });
    },
    status: compose,
  };
  const files = jobFiles(config.files);
  const receiver = createJobReceiver({
    ...shared,
    pbx,
    source: jobSource,
    journal,
    spool,
    registry: createRegistry(),
    policy: createPolicy(policySettings(config)),
    actions,
    agent,
    files,
    uploader: createUploader({
      ...shared,
      recordings: files.recordings,
      staging: createStaging(openFileFolder(join(stateDir, 'uploads'))),
      transport: httpTransport(options.httpsAgent),
      addresses: { hosts: config.files.uploadHosts, odooUrl: options.odooUrl },
    }),
    console: consoles,
    deadlineNow: options.deadlineNow,
  });

  let drainUntil = 0;
  const left = () => Math.max(0, drainUntil - clock.now());
  const begin = (start: () => void, stop: Step) => {
    opened.push(stop);
    start();
  };
  begin(
    () => publisher.start(),
    () => publisher.stop({ drainMs: left() }),
  );
  begin(
    () => reporter.start(),
    () => reporter.stop(),
  );
  rewriteOnChange(options, () => writeFile(compose()), opened);
  begin(
    () => pipeline.start(),
    () => pipeline.stop(),
  );
  begin(
    () => consoles.start(),
    () => consoles.stop(),
  );
  ami.onStatus(() => {
    reporter.changed();
    consoles.recheck();
  });
  begin(
    () => ami.start(),
    () => ami.stop(),
  );
  begin(
    () => receiver.start(),
    // A quarter of the time is kept for the results to get out.
    () => receiver.stop({ drainMs: (left() * 3) / 4 }),
  );
  logger.info('agent started', { pbx, version: options.version, epoch: spool.epoch });

  return {
    sources,
    async stop(drainMs) {
      drainUntil = clock.now() + drainMs;
      await closeAll(opened, options);
      logger.info('agent stopped', { pbx });
    },
  };
}

/** Last opened, first closed; one that fails keeps no other from being closed. */
async function closeAll(steps: readonly Step[], { logger }: AgentOptions): Promise<void> {
  for (const step of steps.toReversed()) {
    try {
      await step();
    } catch (error) {
      logger.error('a part of the agent did not close', { error: messageOf(error) });
    }
  }
}
