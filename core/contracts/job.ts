import * as z from 'zod';
import { isNestedDeeper, maxNesting } from './nesting.ts';
import { unixSecondsSchema } from './time.ts';

/** A JSON value; a job's arguments and a result are free in shape, bounded in size where they are parsed. */
export const jsonSchema = z
  .unknown()
  .refine((value) => !isNestedDeeper(value, maxNesting), `nested more than ${maxNesting} levels deep`)
  .pipe(z.json());
export type Json = z.infer<typeof jsonSchema>;

export const jobIdSchema = z.string().regex(/^[A-Za-z0-9-]{8,64}$/);

/** `test.ping`, `asterisk.manager_action`, … */
export const jobFunctionSchema = z.string().regex(/^[a-z][a-z_]{0,31}\.[a-z][a-z_]{0,47}$/);

/** Bytes of UTF-8 JSON of one job. SQS carries 1 MiB; a config file in a job may be large. */
export const maxJobBytes = 900_000;

/** What Odoo asks of a PBX: the body of a message in the PBX's job queue. It never names the callback. */
export const jobSchema = z.object({
  v: z.literal(1),
  id: jobIdSchema,
  fun: jobFunctionSchema,
  args: z.array(jsonSchema),
  kwargs: z.record(z.string(), jsonSchema),
  timeoutMs: z.number().int().min(100).max(3_600_000),
  createdAt: unixSecondsSchema,
  /** Past this the job is reported `expired`, never run. */
  expiresAt: unixSecondsSchema,
});
export type Job = z.infer<typeof jobSchema>;
