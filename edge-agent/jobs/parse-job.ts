import { type Job, jobIdSchema, jobSchema, maxJobBytes } from '#core/contracts/job.ts';

export type ParsedJob =
  | { valid: true; job: Job }
  /** `id`: where the body has one, its sender can be told. */
  | { valid: false; id: string | null; fun: string; problem: string };

/** Reads a message of the job queue. Never throws. */
export function parseJob(body: string): ParsedJob {
  if (Buffer.byteLength(body) > maxJobBytes) {
    return { valid: false, id: null, fun: '', problem: `larger than ${maxJobBytes} bytes` };
  }
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return { valid: false, id: null, fun: '', problem: 'not JSON' };
  }
  const parsed = jobSchema.safeParse(value);
  if (parsed.success) return { valid: true, job: parsed.data };
  const fields = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  const id = jobIdSchema.safeParse(fields['id']);
  const problem = parsed.error.issues
    .slice(0, 5)
    .map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`)
    .join('; ');
  const fun = typeof fields['fun'] === 'string' ? fields['fun'].slice(0, 100) : '';
  return { valid: false, id: id.success ? id.data : null, fun, problem: problem.slice(0, 1000) };
}
