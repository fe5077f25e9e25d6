import * as z from 'zod';
import { jobIdSchema, jsonSchema } from './job.ts';
import { pbxIdSchema } from './names.ts';
import { unixSecondsSchema } from './time.ts';

export const jobResultDetailType = 'job.result.v1';

/** Bytes of UTF-8 JSON that the bus carries of one result; larger things go by an upload address. */
export const maxResultBytes = 200_000;

/**
 * done: the function ran and gave `result` (an AMI `Response: Error` is a result too); failed: it raised;
 * expired: never run, too late; refused: unknown function, bad arguments or against the PBX's policy;
 * interrupted: the agent stopped while it ran, the outcome is unknown.
 */
export const jobStatusSchema = z.enum(['done', 'failed', 'expired', 'refused', 'interrupted']);
export type JobStatus = z.infer<typeof jobStatusSchema>;

export const jobErrorSchema = z.object({ code: z.string().max(64), message: z.string().max(2000) });

export const jobResultSchema = z.object({
  v: z.literal(1),
  pbx: pbxIdSchema,
  jobId: jobIdSchema,
  status: jobStatusSchema,
  result: jsonSchema,
  error: jobErrorSchema.optional(),
  startedAt: unixSecondsSchema.nullable(),
  finishedAt: unixSecondsSchema,
});
export type JobResult = z.infer<typeof jobResultSchema>;
