import type { AgentConfigure } from '#core/contracts/agent-configure.ts';
import { createEventPipeline, type EventPipelineOptions } from '#edge-agent/events/event-pipeline.ts';
import { memoryChannelStore, memoryRuleStore, recordingSpool } from './memory-event-stores.ts';
import { recordingLogger } from './recording-logger.ts';
import { scriptedChannelList } from './scripted-channel-list.ts';
import { timerClock } from './timer-clock.ts';

export const rulesVersion = '0123456789abcdef';
export const up = { asteriskVersion: '22.10.1', systemName: null };

export function configure(
  rules: [id: string, name: string, condition?: string, delay?: number][],
  asOf = 1000,
): AgentConfigure {
  return {
    rules: rules.map(([id, name, condition = '', delay = 0]) => ({ id, name, condition, delay })),
    rulesVersion,
    asOf,
  };
}

export function setUp(overrides: Partial<EventPipelineOptions> = {}, clock = timerClock()) {
  const spool = recordingSpool();
  const logger = recordingLogger();
  const options: EventPipelineOptions = {
    systemName: 'hq',
    timeZone: 'Europe/Berlin',
    actions: scriptedChannelList([]),
    ruleStore: memoryRuleStore(),
    channelStore: memoryChannelStore(),
    ...overrides,
    spool,
    clock,
    logger,
  };
  const pipeline = createEventPipeline(options);
  /** The agent starts again: same stores and time, another process. */
  const restart = () => setUp(options, clock);
  return { ...options, spool, logger, clock, pipeline, event: pipeline.listener.event, restart };
}
