import * as z from 'zod';
import { jobFunctionSchema, jsonSchema } from './job.ts';

const orFalse = <T extends z.ZodType>(schema: T) =>
  z.preprocess(
    (value) => (value === false || value === null || value === '' ? undefined : value),
    schema.optional(),
  );

/**
 * The JSON body of `POST /app/asterisk_plus/agent`: the envelope of OdooPBX 3.5. Odoo writes `false` or null
 * for what is unset. `args` may be a bare dict (3.5's manager_action). The last four keys are ours: the 3.5
 * addon does not send them.
 */
export const doorRequestSchema = z.object({
  fun: jobFunctionSchema,
  args: z.preprocess(
    (value) =>
      value === null || value === undefined || value === false ? [] : Array.isArray(value) ? value : [value],
    z.array(jsonSchema),
  ),
  kwargs: z.preprocess((value) => value || {}, z.record(z.string(), jsonSchema)),
  res_model: orFalse(z.string().regex(/^[a-z0-9_.]{1,128}$/)),
  res_method: orFalse(
    z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_]{0,127}$/, 'a public method: no leading underscore'),
  ),
  res_notify_uid: orFalse(z.number().int().positive()),
  res_notify_title: orFalse(z.string().max(256)),
  pass_back: jsonSchema.optional(),
  /** Default keyword: what OdooPBX 3.5 expects. */
  callback_style: z.enum(['positional', 'keyword']).default('keyword'),
  /** Seconds the function may take. */
  timeout: orFalse(z.number().min(0.1).max(3600)),
  /** Unix seconds after which the job must not run any more. */
  expires_at: orFalse(z.number().positive()),
});
export type DoorRequest = z.infer<typeof doorRequestSchema>;
