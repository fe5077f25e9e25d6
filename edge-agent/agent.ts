import type { Agent as HttpsAgent } from 'node:https';
import type { AgentStatus } from '#core/contracts/agent-status.ts';
import type { AmiEvent } from '#core/contracts/ami-event.ts';
import type { Bus } from '#core/ports/bus.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { ConsoleTransport } from '#core/ports/console-transport.ts';
import type { SpooledEvent } from '#core/ports/event-spool.ts';
import type { JobSource } from '#core/ports/job-source.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { Random } from '#core/ports/random.ts';
import type { AgentConfig } from './config/schema.ts';
import type { CloudStatus } from './status/cloud-status.ts';
import type { Delivery } from './status/status-file.ts';

/** Called as things pass, for a page that shows them; they must be quick and must not throw. */
export interface AgentHooks {
  /** An AMI event that was parsed whole, wanted by a rule or not. `receivedAt`: Unix milliseconds. */
  event?(event: AmiEvent, receivedAt: number): void;
  /** An event on its way into the spool. */
  spooled?(item: SpooledEvent): void;
  /** What became of the events behind the bus, for the status file. */
  delivery?(): Delivery;
  /** How it stands with AWS, for the status file. */
  cloud?(): CloudStatus;
  /** Takes what to call when `cloud()` has changed: the status file is written anew then. */
  cloudChanges?(listener: () => void): void;
}

export interface AgentOptions {
  config: AgentConfig;
  bus: Bus;
  jobSource: JobSource;
  clock: Clock;
  random: Random;
  logger: Logger;
  /** The agent's version, as `status` shows it. */
  version: string;
  hooks?: AgentHooks;
  /** Of the console, where it is not as usual. */
  console?: {
    /** How it reaches its relay; default: by WebSocket, without a proxy. */
    transport?: ConsoleTransport;
    /** A program that gives no way to the system, in place of Asterisk's client: then it is always enabled. */
    program?: readonly string[] | undefined;
  };
  /** Unix milliseconds by the clock that jobs' deadlines are written in; default `clock`. */
  deadlineNow?: () => number;
  /** The way out for large files: proxy, authorities; default: Node's own. */
  httpsAgent?: HttpsAgent;
  /** The Odoo of a standalone agent, which large files may be sent to on this machine too. */
  odooUrl?: string;
}

export interface Agent {
  /**
   * Opens spool and journal and begins to work; resolves when that is done, not when Asterisk is connected.
   * Rejects JOURNAL_UNUSABLE, SPOOL_LOCKED, SPOOL_UNREADABLE, CONFIG_INVALID. One start per agent.
   */
  start(): Promise<void>;
  /** Takes no more jobs, gives running ones and the spool up to `drainMs` in all, then closes everything. */
  stop(options: { drainMs: number }): Promise<void>;
  status(): AgentStatus;
  /** Called on every report of the status; returns how to stop listening. */
  onStatus(listener: (status: AgentStatus) => void): () => void;
}
