import * as z from 'zod';
import { jsonSchema } from './job.ts';

/**
 * What to do with a job's result: kept with the job id on the cloud's side, never sent to a PBX.
 * positional: `model.method(result, pass_back)` (the developer guide, OdooPBX 1.0);
 * keyword: `model.method(result, **pass_back)` (OdooPBX 3.x).
 */
export const callbackSchema = z.object({
  style: z.enum(['positional', 'keyword']),
  res_model: z
    .string()
    .regex(/^[a-z0-9_.]{1,128}$/)
    .optional(),
  res_method: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_]{0,127}$/)
    .optional(),
  pass_back: jsonSchema.optional(),
  /** res.users id to be notified. */
  res_notify_uid: z.number().int().positive().optional(),
  res_notify_title: z.string().max(256).optional(),
});
export type Callback = z.infer<typeof callbackSchema>;
