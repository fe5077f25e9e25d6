import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { Random } from '#core/ports/random.ts';
import { createConsoleTransport } from './console-transport.ts';
import { type CloudLink, createCloudLink } from './cloud/cloud-link.ts';
import type { CloudConfig } from './config/cloud-schema.ts';
import type { AgentConfig } from './config/schema.ts';
import { type Agent, createAgent } from './main.ts';

export interface CloudAgentOptions {
  config: AgentConfig & { cloud: CloudConfig };
  /** For HTTPS_PROXY and NO_PROXY. */
  env: Readonly<Record<string, string | undefined>>;
  clock: Clock;
  random: Random;
  logger: Logger;
  version: string;
}

export interface CloudAgent {
  readonly agent: Agent;
  readonly link: CloudLink;
  /** As the agent's start. AWS needs not be in reach: events wait in the spool. */
  start(): Promise<void>;
  /** The long poll ends at once; jobs that run and the spool have up to `drainMs`. */
  stop(options: { drainMs: number }): Promise<void>;
}

/** The agent with AWS behind it. Throws CONFIG_INVALID. */
export function createCloudAgent(options: CloudAgentOptions): CloudAgent {
  const { config } = options;
  const link = createCloudLink({ ...options, pbx: config.pbx, settings: config.cloud });
  const agent = createAgent({
    ...options,
    bus: link.bus,
    jobSource: link.jobSource,
    // A PBX whose clock is wrong must neither refuse every call nor ring a phone an hour late.
    deadlineNow: () => options.clock.now() - (link.info().clockAheadSeconds ?? 0) * 1000,
    console: { transport: createConsoleTransport(config.cloud, options.env) },
    hooks: { cloud: () => link.info(), cloudChanges: (listener) => link.onChange(listener) },
  });
  return {
    agent,
    link,
    async start() {
      try {
        await agent.start();
      } catch (error) {
        link.stop();
        throw error;
      }
    },
    async stop({ drainMs }) {
      await agent.stop({ drainMs });
      link.stop();
    },
  };
}
