/** What the door answers: JSON on success, plain text for a person otherwise (the addon shows it as it is). */
export interface DoorAnswer {
  readonly status: number;
  readonly contentType: 'application/json' | 'text/plain; charset=utf-8';
  readonly body: string;
}

export function accepted(jobId: string): DoorAnswer {
  return { status: 202, contentType: 'application/json', body: JSON.stringify({ job_id: jobId }) };
}

/** A refusal on its way to the caller. Thrown inside submit-job, never out of it. */
export class DoorRefusal extends Error {
  readonly status: 400 | 401 | 403 | 413 | 503;

  constructor(status: DoorRefusal['status'], message: string) {
    super(message);
    this.status = status;
  }

  answer(): DoorAnswer {
    return { status: this.status, contentType: 'text/plain; charset=utf-8', body: this.message };
  }
}
