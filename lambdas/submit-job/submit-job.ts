import { consoleOpenFunction } from '#core/contracts/console-open.ts';
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import { DoorRefusal, accepted } from './door-answer.ts';
import type { DoorAnswer } from './door-answer.ts';
import { handInJob } from './hand-in-job.ts';
import type { SubmitDeps } from './hand-in-job.ts';
import { admitInstance, pbxOfKey, refuseOffline } from './open-door.ts';
import { openConsole } from './open-console.ts';
import { callbackOf, readRequest } from './read-request.ts';

export type { SubmitDeps } from './hand-in-job.ts';

export interface DoorHttpRequest {
  /** Names in any case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** JSON, whatever the content type says. */
  readonly body: string;
}

/**
 * `POST /app/asterisk_plus/agent`: the door of OdooPBX 3.5. 202 `{job_id}` (and `{console}` for
 * `console.open`), or plain text that says what is wrong: 400 the request, 401 the key, 403 another database than the
 * pinned one, 409 the PBX has no console, 413 its size, 503 the PBX is offline. Rejects only when a store or the queue fails.
 */
export async function submitJob(request: DoorHttpRequest, deps: SubmitDeps): Promise<DoorAnswer> {
  const headers = lowerCased(request.headers);
  try {
    const pbx = await pbxOfKey(headers.get('x-api-key'), deps.directory);
    const wanted = readRequest(request.body);
    const callback = callbackOf(wanted);
    const key = idempotencyKeyOf(headers.get('idempotency-key'));
    await admitInstance(pbx, headers.get('x-instance-uid'), deps.directory);
    refuseOffline(pbx, deps.clock.now() / 1000);
    if (wanted.fun === consoleOpenFunction) {
      const opened = await openConsole(pbx, wanted, callback, headers, deps);
      return accepted(opened.jobId, opened.console);
    }
    return accepted(await handInJob(pbx.pbx, wanted, callback, key, deps));
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal === undefined) throw error;
    deps.logger.info('a job is refused at the door', { status: refusal.status, code: refusal.code });
    return refusal.answer();
  }
}

/** A store takes less than the queue does: what it can never keep must not be tried again. */
function refusalOf(error: unknown): DoorRefusal | undefined {
  if (error instanceof DoorRefusal) return error;
  if (!(error instanceof OdoopbxError) || error.code !== 'DOOR_TOO_LARGE') return undefined;
  return new DoorRefusal(413, error.message);
}

function idempotencyKeyOf(value: string | undefined): string | undefined {
  if (value === undefined || value === '') return undefined;
  if (/^[\x21-\x7e]{1,128}$/.test(value)) return value;
  throw new DoorRefusal(
    400,
    'The header Idempotency-Key takes 1 to 128 printable characters without spaces.',
  );
}

function lowerCased(headers: DoorHttpRequest['headers']): Map<string, string> {
  const known = new Map<string, string>();
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) known.set(name.toLowerCase(), value.trim());
  }
  return known;
}
