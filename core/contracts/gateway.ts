import * as z from 'zod';
import { batchItemSchema, epochSchema } from './ami-batch.ts';
import { callbackSchema } from './callback.ts';
import { jobIdSchema, jsonSchema } from './job.ts';
import { jobStatusSchema } from './job-result.ts';
import { pbxIdSchema } from './names.ts';
import { ruleIdSchema } from './rule.ts';

/** One item with the epoch that numbered it: a gateway call may carry items of several AMI batches. */
export const gatewayItemSchema = batchItemSchema.extend({ epoch: epochSchema });
export type GatewayItem = z.infer<typeof gatewayItemSchema>;

/** A job's result with the callback that the cloud kept for it. */
export const gatewayResultSchema = z.object({
  jobId: jobIdSchema,
  fun: z.string(),
  status: jobStatusSchema,
  /** The callback's first argument, ready to be handed over. */
  result: jsonSchema,
  callback: callbackSchema,
});
export type GatewayResult = z.infer<typeof gatewayResultSchema>;

/**
 * The argument of `asterisk_plus.server.process_batch(batch)`: one transaction in Odoo, exactly-once effects.
 * Claimed keys: (pbx, epoch, seq, rule) of each item and rule; (pbx, 'job', 0, jobId) of each result.
 * An empty batch is the probe for the gateway's presence.
 */
export const gatewayBatchSchema = z.object({
  v: z.literal(1),
  pbx: pbxIdSchema,
  events: z.array(gatewayItemSchema),
  results: z.array(gatewayResultSchema),
});
export type GatewayBatch = z.infer<typeof gatewayBatchSchema>;

/** What became of the handlers: done and duplicates are counted, the rest is listed. */
export const gatewayAnswerSchema = z.object({
  v: z.literal(1),
  done: z.number().int().nonnegative(),
  duplicate: z.number().int().nonnegative(),
  /** The rule is unknown, disabled, or its model or method is not there to be called. */
  skipped: z.array(
    z.object({ epoch: z.string(), seq: z.number().int(), rule: ruleIdSchema, reason: z.string() }),
  ),
  /** The handler raised: kept in Odoo as asterisk_plus.event_failure. For a result `seq` is 0, `rule` the jobId. */
  failed: z.array(
    z.object({
      epoch: z.string(),
      seq: z.number().int(),
      rule: z.string(),
      failure_id: z.number().int(),
      error: z.string(),
    }),
  ),
});
export type GatewayAnswer = z.infer<typeof gatewayAnswerSchema>;
