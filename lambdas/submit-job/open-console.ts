import { consoleRequestSchema, type ConsoleInvitation } from '#core/contracts/console-open.ts';
import type { Callback } from '#core/contracts/callback.ts';
import type { DoorRequest } from '#core/contracts/door-request.ts';
import { pbxNameOf } from '#core/contracts/names.ts';
import { consoleLimits } from '#core/console/limits.ts';
import { newSession } from '#core/console/session-life.ts';
import type { PbxRecord } from '#core/ports/pbx-directory.ts';
import { DoorRefusal } from './door-answer.ts';
import { handInJob, type SubmitDeps } from './hand-in-job.ts';
import { problemsOf } from './read-request.ts';

export interface OpenedConsole {
  readonly jobId: string;
  readonly console: ConsoleInvitation;
}

/**
 * Makes a console session: its two tickets go to the agent, in its job, and to the browser, in the answer, and are
 * kept by their hashes alone. A request that comes again makes another session; one where nobody comes ends by itself.
 */
export async function openConsole(
  { pbx, status }: PbxRecord,
  request: DoorRequest,
  callback: Callback | null,
  headers: ReadonlyMap<string, string>,
  deps: SubmitDeps,
): Promise<OpenedConsole> {
  const { console: consoles, random, logger } = deps;
  if (consoles === undefined || status?.consoleEnabled !== true) {
    const why = status?.consoleProblem ?? 'its own configuration must enable it (console.enabled)';
    throw new DoorRefusal(409, `The console of PBX ${pbxNameOf(pbx)} is disabled: ${why}.`);
  }
  const wanted = consoleRequestSchema.safeParse(request.kwargs);
  if (!wanted.success) throw new DoorRefusal(400, problemsOf(wanted.error, 'kwargs'));
  const { user, address = null } = wanted.data;

  const now = deps.clock.now() / 1000;
  const expiresAt = now + consoleLimits.ticketMs / 1000;
  const session = newSession({ id: random.uuid(), pbx, user, address }, now);
  const { tickets } = consoles;
  const [agent, browser] = [tickets.make(), tickets.make()];
  await consoles.sessions.create(session, {
    agent: { hash: tickets.hashOf(agent), expiresAt },
    browser: { hash: tickets.hashOf(browser), expiresAt },
  });

  const job: DoorRequest = {
    ...request,
    args: [],
    kwargs: { ...request.kwargs, session: session.id, url: consoles.urlOf('agent', agent, headers) },
    // Its ticket is good for no longer.
    expires_at: expiresAt,
  };
  const jobId = await handInJob(pbx, job, callback, undefined, deps);
  logger.info('a console is opened', { pbx, session: session.id, job: jobId, user: user.id });
  const url = consoles.urlOf('browser', browser, headers);
  return { jobId, console: { session: session.id, url, expires_at: expiresAt } };
}
