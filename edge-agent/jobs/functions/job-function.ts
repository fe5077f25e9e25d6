import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import type { Json } from '#core/contracts/job.ts';
import type { AgentControl } from '#core/ports/agent-control.ts';
import type { AmiAction, AmiActions } from '#core/ports/ami.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { ConsoleControl } from '#core/ports/console-control.ts';

export type Kwargs = { readonly [key: string]: Json };

/** What a job function may touch, and nothing else. */
export interface JobContext {
  actions: AmiActions;
  agent: AgentControl;
  console: ConsoleControl;
  clock: Clock;
  /** Throws JOB_REFUSED_BY_POLICY; a function calls it before the first action is sent. */
  checkAction(action: AmiAction): void;
  /** Milliseconds from now that the job may take. */
  timeoutMs: number;
  /** Aborted when the job timed out or the agent stops. */
  signal: AbortSignal;
}

/**
 * One function that Odoo can call by a job. `run` gives the result, a value that JSON can hold; JOB_BAD_ARGUMENTS and
 * JOB_REFUSED_BY_POLICY mean that nothing was done (`refused`), any other error is `failed`.
 */
export interface JobFunction {
  readonly name: string;
  /** What a time-out answers (as `done`); without it a time-out is `failed` with JOB_TIMEOUT. */
  readonly timeoutResult?: Json;
  run(args: readonly Json[], kwargs: Kwargs, context: JobContext): Promise<unknown>;
}

export function badArguments(fun: string, message: string): OdoopbxError {
  return new OdoopbxError('JOB_BAD_ARGUMENTS', `${fun}: ${message}`);
}
