import * as z from 'zod';
import { amiEventSchema } from './ami-event.ts';
import { pbxIdSchema } from './names.ts';
import { ruleIdSchema, rulesVersionSchema } from './rule.ts';
import { unixSecondsSchema } from './time.ts';

export const amiBatchDetailType = 'ami.batch.v1';

/** Bytes of UTF-8 JSON; EventBridge bills per 64 KB, its envelope included. */
export const maxBatchBytes = 60_000;

export const epochSchema = z.string().regex(/^[0-9a-zA-Z-]{8,64}$/);

/** One event with the rules that are due now. An event whose rules have different delays is several items. */
export const batchItemSchema = z.object({
  seq: z.number().int().positive(),
  at: unixSecondsSchema,
  rules: z.array(ruleIdSchema).min(1).max(100),
  event: amiEventSchema,
});
export type BatchItem = z.infer<typeof batchItemSchema>;

/** Consecutive items of one epoch of one PBX. A gap in `seq` means counted drops; nobody waits for a gap. */
export const amiBatchSchema = z.object({
  v: z.literal(1),
  pbx: pbxIdSchema,
  epoch: epochSchema,
  firstSeq: z.number().int().positive(),
  lastSeq: z.number().int().positive(),
  rulesVersion: rulesVersionSchema.nullable(),
  events: z.array(batchItemSchema).min(1),
});
export type AmiBatch = z.infer<typeof amiBatchSchema>;
