import type { ConsoleInvitation } from '#core/contracts/console-open.ts';
import type { ErrorCode } from '#core/errors/error-codes.ts';

/** What the door answers: JSON on success, plain text for a person otherwise (the addon shows it as it is). */
export interface DoorAnswer {
  readonly status: number;
  readonly contentType: 'application/json' | 'text/plain; charset=utf-8';
  readonly body: string;
}

/** `console`: of the job that opens one. */
export function accepted(jobId: string, console?: ConsoleInvitation): DoorAnswer {
  const body = JSON.stringify({ job_id: jobId, ...(console && { console }) });
  return { status: 202, contentType: 'application/json', body };
}

const codes = {
  400: 'DOOR_BAD_REQUEST',
  401: 'DOOR_KEY_UNKNOWN',
  403: 'DOOR_INSTANCE_REFUSED',
  409: 'DOOR_CONSOLE_DISABLED',
  413: 'DOOR_TOO_LARGE',
  503: 'DOOR_PBX_OFFLINE',
} as const satisfies Record<number, ErrorCode>;

/** A refusal on its way to the caller. Thrown inside submit-job, never out of it. */
export class DoorRefusal extends Error {
  readonly status: keyof typeof codes;
  readonly code: ErrorCode;

  constructor(status: DoorRefusal['status'], message: string, code: ErrorCode = codes[status]) {
    super(message);
    this.status = status;
    this.code = code;
  }

  answer(): DoorAnswer {
    return { status: this.status, contentType: 'text/plain; charset=utf-8', body: this.message };
  }
}
