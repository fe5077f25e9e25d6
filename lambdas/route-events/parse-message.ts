import { agentStatusDetailType, agentStatusSchema } from '#core/contracts/agent-status.ts';
import type { AgentStatus } from '#core/contracts/agent-status.ts';
import { amiBatchDetailType, amiBatchSchema } from '#core/contracts/ami-batch.ts';
import type { AmiBatch } from '#core/contracts/ami-batch.ts';
import { busEventSchema } from '#core/contracts/bus-entry.ts';
import { jobResultDetailType, jobResultSchema } from '#core/contracts/job-result.ts';
import type { JobResult } from '#core/contracts/job-result.ts';
import { pbxOfSource } from '#core/contracts/names.ts';
import type { PbxId } from '#core/contracts/names.ts';
import { isNestedDeeper, maxNesting } from '#core/contracts/nesting.ts';
import type { InboxMessage, ParkedItem } from '#core/ports/inbox.ts';
import * as z from 'zod';

/** A message that holds what it says. `pbx` is the one of its source, which the bus vouches for. */
export type ParsedMessage = { readonly message: InboxMessage; readonly pbx: PbxId } & (
  | { readonly kind: 'batch'; readonly batch: AmiBatch }
  | { readonly kind: 'result'; readonly result: JobResult }
  | { readonly kind: 'status'; readonly status: AgentStatus }
);

export interface RefusedMessage {
  readonly kind: 'refused';
  readonly message: InboxMessage;
  readonly parked: ParkedItem;
}

/** A message that is not what it should be is refused for good: to try again would change nothing. */
export function parseMessage(
  message: InboxMessage,
  admits: (pbx: PbxId) => boolean = () => true,
): ParsedMessage | RefusedMessage {
  const envelope = busEventSchema.safeParse(message.event);
  if (!envelope.success) return invalid(message, z.prettifyError(envelope.error));
  const { source, detail } = envelope.data;
  const pbx = pbxOfSource(source);
  if (pbx === undefined) return invalid(message, `the source ${source} is not a PBX's`);
  if (!admits(pbx)) return refused(message, 'MESSAGE_SOURCE_MISMATCH', `${source} is of another tenant`);
  // Before the schema: who says that he is somebody else does not get to be told what is wrong with the rest.
  if (typeof detail === 'object' && detail !== null && 'pbx' in detail && detail.pbx !== pbx) {
    return refused(message, 'MESSAGE_SOURCE_MISMATCH', `${source} sent a message in the name of another PBX`);
  }
  switch (envelope.data['detail-type']) {
    case amiBatchDetailType: {
      const batch = amiBatchSchema.safeParse(detail);
      if (!batch.success) return invalid(message, z.prettifyError(batch.error));
      return { kind: 'batch', message, pbx, batch: batch.data };
    }
    case jobResultDetailType: {
      const result = jobResultSchema.safeParse(detail);
      if (!result.success) return invalid(message, z.prettifyError(result.error));
      return { kind: 'result', message, pbx, result: result.data };
    }
    case agentStatusDetailType: {
      const status = agentStatusSchema.safeParse(detail);
      if (!status.success) return invalid(message, z.prettifyError(status.error));
      return { kind: 'status', message, pbx, status: onTheBusClock(status.data, envelope.data.time) };
    }
    default:
      return invalid(message, `the detail-type ${envelope.data['detail-type']} is not known`);
  }
}

/**
 * The status with its own age in the bus's time, where that is known: whether it is news, and the newest, must not hang
 * on the PBX's clock. A PBX that is an hour slow would never get its rules.
 */
function onTheBusClock(status: AgentStatus, time: string | undefined): AgentStatus {
  if (time === undefined) return status;
  const at = Date.parse(time) / 1000;
  const { spool } = status;
  const oldestAt = spool.oldestAt === null ? null : Math.max(0, spool.oldestAt + at - status.at);
  return { ...status, at, spool: { ...spool, oldestAt } };
}

function invalid(message: InboxMessage, why: string): RefusedMessage {
  return refused(message, 'MESSAGE_INVALID', why.slice(0, 1000));
}

function refused(message: InboxMessage, code: string, why: string): RefusedMessage {
  // What did not parse may lack anything, whatever its type says.
  const raw = rawSchema.safeParse(message.event).data;
  const detail = raw === undefined ? message.event : raw.detail;
  const parked: ParkedItem = {
    detailType: raw?.['detail-type'] ?? '',
    source: raw?.source ?? '',
    // Who parks it writes it as JSON again, which fails on a value that is deep enough.
    detail: isNestedDeeper(detail, maxNesting) ? `not kept: more than ${maxNesting} levels deep` : detail,
    code,
    message: why,
  };
  return { kind: 'refused', message, parked };
}

const rawSchema = z.object({
  source: z.string().catch(''),
  'detail-type': z.string().catch(''),
  detail: z.unknown(),
});
