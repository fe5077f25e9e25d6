import { eventName, type AmiEvent } from '#core/contracts/ami-event.ts';
import type { AgentConfigure } from '#core/contracts/agent-configure.ts';
import type { RefusedRule } from '#core/contracts/rule.ts';
import type { AmiActions, AmiEventListener } from '#core/ports/ami.ts';
import type { CdrStore } from '#core/ports/cdr-store.ts';
import type { ChannelStore } from '#core/ports/channel-store.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { EventSpool } from '#core/ports/event-spool.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { RuleStore } from '#core/ports/rule-store.ts';
import { compileCondition } from '#core/rules/condition.ts';
import { CdrBackfill } from './cdr-backfill.ts';
import { textHeader } from './cdr-times.ts';
import { noEventCounts, type EventCounts } from './event-counts.ts';
import { FailureLog } from './failure-log.ts';
import { gapWatch } from './gap-watch.ts';
import { localTime, systemTimeZone } from './local-time.ts';
import { OpenChannels } from './open-channels.ts';
import { eventRouter } from './route-event.ts';
import { RuleGate } from './rule-gate.ts';

export interface EventPipelineOptions {
  /** The PBX's name in Odoo: `SystemName` where Asterisk did not send one. */
  systemName: string;
  /** IANA zone of Asterisk's Cdr times; default: the system's. */
  timeZone?: string;
  /** Condition that an event must meet to leave the PBX at all; empty: every event. */
  only?: string;
  spool: EventSpool;
  actions: AmiActions;
  ruleStore: RuleStore;
  channelStore: ChannelStore;
  clock: Clock;
  logger: Logger;
  /** Backfill of Cdrs from Asterisk's CSV file (cdr.conf: `loguniqueid=yes`) after a gap. */
  cdrCsv?: { path: string; /** cdr.conf `usegmtime=yes` */ utc?: boolean; store: CdrStore };
}

export interface EventPipeline {
  /** Goes to the AMI link. */
  listener: AmiEventListener;
  /** The job `agent.configure`. `applied` is false when the rules are older than those in force. */
  configure(configure: AgentConfigure): { applied: boolean; refused: readonly RefusedRule[] };
  /** An event of the agent's own making, which rules may name. */
  announce(event: AmiEvent): void;
  /** The job `agent.reload_config`: reports version null, so that the cloud sends the rules anew. */
  forgetRulesVersion(): void;
  /** null until the cloud configured this run of the agent. */
  rulesVersion(): string | null;
  refusedRules(): readonly RefusedRule[];
  counts(): EventCounts;
  /** Keeps the sign of life; needed for gaps over a restart. */
  start(): void;
  /** Ends what runs in the background and writes the open channels down. */
  stop(): Promise<void>;
}

/** What reconciliation and the job functions need, whatever the rules name. */
const alwaysWanted = ['FullyBooted', 'Newchannel', 'Newstate', 'Rename', 'Hangup', 'OriginateResponse'];

/**
 * From AMI to the spool: events are enriched, filtered by `only` and the rules, and stored with the ids of the
 * rules that want them. What was missed while the link was down is made up for as far as it can be told.
 * Throws CONDITION_SYNTAX for `only` and CONFIG_INVALID for the time zone.
 */
export function createEventPipeline(options: EventPipelineOptions): EventPipeline {
  const { clock, logger, cdrCsv } = options;
  const local = localTime(options.timeZone ?? systemTimeZone());
  const gate = new RuleGate(options);
  const channels = new OpenChannels(options.channelStore);
  const counts = noEventCounts();
  const failures = new FailureLog(clock, logger);
  const only = compileCondition(options.only ?? '');
  const route = eventRouter({ ...options, local, only, rules: () => gate.ruleSet, counts, failures });

  const takeHangup = async (event: AmiEvent, receivedAt: number) => {
    await route(event, receivedAt);
    channels.forget(textHeader(event, 'Uniqueid'));
  };
  const backfill =
    cdrCsv && new CdrBackfill({ ...options, ...cdrCsv, utc: cdrCsv.utc ?? false, local, emit });
  async function emit(event: AmiEvent): Promise<void> {
    counts.received += 1;
    counts.backfilledCdrs += 1;
    await route(event, clock.now());
  }
  const watch = gapWatch({
    ...options,
    channels,
    backfill,
    emitGap: (event, at) => {
      counts.received += 1;
      counts.gaps += 1;
      void route(event, at, 'pass');
    },
    emitHangup: (event) => {
      counts.received += 1;
      counts.syntheticHangups += 1;
      void takeHangup(event, clock.now());
    },
  });

  let wanted = wantedNames(gate);
  return {
    listener: {
      wanted: () => wanted,
      event: (event, receivedAt) => {
        counts.received += 1;
        if (!channels.observe(event)) return;
        const name = eventName(event);
        if (name === 'Hangup') void takeHangup(event, receivedAt);
        else void route(event, receivedAt);
        if (name === 'Cdr') backfill?.seen(event);
      },
      linkUp: () => {
        watch.linkUp();
      },
      linkDown: ({ at }) => {
        watch.linkDown(at);
      },
    },
    configure: (configure) => {
      const applied = gate.configure(configure);
      if (applied) {
        wanted = wantedNames(gate);
        const ids = new Set(configure.rules.map(({ id }) => id));
        for (const id of Object.keys(counts.byRule)) if (!ids.has(id)) delete counts.byRule[id];
        failures.keepOnly((subject) => ids.has(subject));
      }
      return { applied, refused: gate.refused };
    },
    announce: (event) => {
      counts.received += 1;
      void route(event, clock.now(), 'pass');
    },
    forgetRulesVersion: () => {
      gate.forgetVersion();
    },
    rulesVersion: () => gate.version,
    refusedRules: () => gate.refused,
    counts: () => structuredClone(counts),
    start: () => {
      watch.start();
    },
    stop: async () => {
      await watch.stop();
      options.channelStore.flush();
    },
  };
}

function wantedNames(gate: RuleGate): ReadonlySet<string> {
  return new Set([...gate.ruleSet.names, ...alwaysWanted]);
}
