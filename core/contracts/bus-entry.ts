import * as z from 'zod';
import { agentStatusDetailType } from './agent-status.ts';
import { amiBatchDetailType } from './ami-batch.ts';
import { jobResultDetailType } from './job-result.ts';

export const detailTypeSchema = z.enum([amiBatchDetailType, jobResultDetailType, agentStatusDetailType]);
export type DetailType = z.infer<typeof detailTypeSchema>;

/** The part of an EventBridge event that consumers read (`detail-type` as the service spells it). */
export const busEventSchema = z.object({
  source: z.string().max(256),
  'detail-type': z.string().max(128),
  detail: z.unknown(),
  /** When the bus took it, by the bus's own clock; standalone's says nothing. */
  time: z.iso.datetime({ offset: true }).optional().catch(undefined),
});
export type BusEvent = z.infer<typeof busEventSchema>;
