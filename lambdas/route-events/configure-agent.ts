import { agentConfigureFunction } from '#core/contracts/agent-configure.ts';
import type { AgentConfigure } from '#core/contracts/agent-configure.ts';
import { liveStatusSeconds } from '#core/contracts/agent-status.ts';
import type { AgentStatus } from '#core/contracts/agent-status.ts';
import type { Job } from '#core/contracts/job.ts';
import type { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import type { OdooTarget, RouteDeps } from './route-deps.ts';
import { asOdoopbxError } from './stop-reasons.ts';

/** An agent that does not take the job in this time sends another status and gets another one. */
const configureExpirySeconds = 120;
const configureTimeoutMs = 30_000;
const windowMs = 60_000;

/**
 * Keeps the status and does what follows from it: rules to an agent that has others, the state into Odoo when it
 * changed, else once a minute. `odoo` is undefined while Odoo is known not to answer: then the next status, in a minute, does it.
 * Only the store's failure is thrown; Odoo's is returned.
 */
export async function takeStatus(
  received: AgentStatus,
  odoo: OdooTarget | undefined,
  deps: RouteDeps,
): Promise<OdoopbxError | undefined> {
  const now = deps.clock.now() / 1000;
  // A PBX whose clock ran ahead must not shut out what it says once its clock is right, nor look online till then.
  const status = { ...received, at: Math.min(received.at, now) };
  const before = await deps.directory.recordStatus(status);
  deps.counters.count('status.recorded');
  const isLatest = before === null || before.at <= status.at || before.at > now;
  const isLive = now - status.at < liveStatusSeconds;
  if (odoo === undefined || !isLatest || !isLive) return undefined;
  try {
    await configureAgent(status, odoo, deps);
    await tellOdoo(status, before, odoo, deps);
    return undefined;
  } catch (thrown) {
    const error = asOdoopbxError(thrown);
    const { code, message: reason } = error;
    deps.logger.warn(
      'Odoo gave no rules or did not take the status of the agent; tried again with the next status',
      {
        pbx: status.pbx,
        code,
        reason,
      },
    );
    return error;
  }
}

/**
 * Sends the rules when the agent has others, at most once per PBX, start of the agent, version and minute: one that
 * cannot come to that version must not be sent it for good. An agent that says it has none asks for them, and gets
 * them each time: it says so at its start and at `agent.reload_config`, at most once a second.
 */
async function configureAgent(status: AgentStatus, { rules }: OdooTarget, deps: RouteDeps): Promise<void> {
  const { pbx, rulesVersion, startedAt } = status;
  const { clock, random, jobs, queue, memory, counters, logger } = deps;
  if (rulesVersion !== null && rulesVersion === (await rules.page()).version) return;
  const page = await rules.page(0);
  if (rulesVersion === page.version) return;
  const now = clock.now();
  const key = `configure/${pbx}/${startedAt}`;
  const isFirst = memory.once(`${key}/${page.version}`, now, windowMs);
  // A rule that was switched on and off again brings back a version that was sent a moment ago.
  if (rulesVersion !== null && !isFirst && memory.value(key) === page.version) return;
  memory.keep(key, page.version);
  const kwargs: AgentConfigure = { rules: [...page.edgeRules], rulesVersion: page.version, asOf: page.asOf };
  const job: Job = {
    v: 1,
    id: random.uuid(),
    fun: agentConfigureFunction,
    args: [],
    kwargs: { ...kwargs },
    timeoutMs: configureTimeoutMs,
    createdAt: now / 1000,
    expiresAt: now / 1000 + configureExpirySeconds,
  };
  const { id, fun, createdAt, expiresAt } = job;
  await jobs.create({
    id,
    pbx,
    fun,
    createdAt,
    expiresAt,
    asList: true,
    callback: null,
    deliveredStatus: null,
  });
  await queue.send(pbx, job);
  counters.count('configure.sent');
  logger.info('rules sent', { pbx, job: id, rules: page.edgeRules.length, version: page.version });
}

async function tellOdoo(
  status: AgentStatus,
  before: AgentStatus | null,
  odoo: OdooTarget,
  { memory, clock }: RouteDeps,
): Promise<void> {
  const { pbx } = status;
  const state = stateOf(status);
  const key = `status/${pbx}`;
  const told = memory.value(key);
  // What an earlier process told is known from the directory alone.
  const known = told ?? (before === null ? undefined : stateOf(before));
  // Unchanged it is a sign of life: Odoo shows a PBX as offline that it has not heard of for three minutes.
  if (!memory.once(key, clock.now(), signOfLifeMs) && known === state) {
    memory.keep(key, state);
    return;
  }
  // Should this fail, or the server record be missing yet, the next status tries again.
  memory.keep(key, 'not told yet');
  const isTold = !(await odoo.gateway.isPresent(pbx)) || (await odoo.gateway.updateAgentStatus(pbx, status));
  if (isTold) memory.keep(key, state);
}

/** Under the minute between two statuses, so that each one that comes in time is passed on. */
const signOfLifeMs = 50_000;

/** The part of a status whose change Odoo hears of at once; the counts alone change every minute. */
function stateOf(status: AgentStatus): string {
  const { ami, agentVersion, startedAt, rulesVersion, refusedRules, consoleEnabled, spool, counts } = status;
  return JSON.stringify([
    ami.state,
    ami.asteriskVersion,
    ami.error ?? '',
    agentVersion,
    startedAt,
    rulesVersion,
    refusedRules,
    consoleEnabled,
    spool.items > 0 && spool.oldestAt !== null && status.at - spool.oldestAt > backlogSeconds,
    counts.dropped,
    counts.truncated,
  ]);
}

/** A spool whose oldest item waits longer than this has a backlog worth telling. */
const backlogSeconds = 300;
