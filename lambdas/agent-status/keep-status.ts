import * as z from 'zod';
import { agentStatusDetailType, agentStatusSchema } from '#core/contracts/agent-status.ts';
import type { AgentStatus } from '#core/contracts/agent-status.ts';
import { busEventSchema } from '#core/contracts/bus-entry.ts';
import { pbxOfSource, tenantOf } from '#core/contracts/names.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { PbxDirectory } from '#core/ports/pbx-directory.ts';

export interface KeepStatusDeps {
  readonly directory: Pick<PbxDirectory, 'recordStatus'>;
  /** Counts for a tenant, or for the platform where a message names none. */
  readonly metrics: { of(tenant?: string): { count(name: 'StatusRefused'): void } };
  readonly logger: Logger;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** On an event that comes out of the archive: what was so then says nothing of now. */
const eventSchema = busEventSchema.extend({ 'replay-name': z.string().optional() });

/**
 * Keeps what an agent reports. Only the source is believed, which the bus vouches for. What is invalid or in the name
 * of another PBX is counted and left, as another try changes nothing; it throws only when the store fails.
 */
export async function keepStatus(event: unknown, deps: KeepStatusDeps): Promise<void> {
  const { directory, metrics, logger, now } = deps;
  const envelope = eventSchema.safeParse(event);
  const pbx = envelope.success ? pbxOfSource(envelope.data.source) : undefined;
  const refuse = (code: 'MESSAGE_INVALID' | 'MESSAGE_SOURCE_MISMATCH', fields: object): void => {
    metrics.of(pbx === undefined ? undefined : tenantOf(pbx)).count('StatusRefused');
    logger.warn('a status is refused', { code, ...(pbx === undefined ? {} : { pbx }), ...fields });
  };
  if (!envelope.success || pbx === undefined || envelope.data['detail-type'] !== agentStatusDetailType) {
    refuse('MESSAGE_INVALID', {});
    return;
  }
  if (envelope.data['replay-name'] !== undefined) return;
  const { detail } = envelope.data;
  if (typeof detail === 'object' && detail !== null && 'pbx' in detail && detail.pbx !== pbx) {
    refuse('MESSAGE_SOURCE_MISMATCH', {});
    return;
  }
  const status = agentStatusSchema.safeParse(detail);
  if (!status.success) {
    // The places of what is wrong, never what stands there.
    refuse('MESSAGE_INVALID', { at: status.error.issues.slice(0, 5).map(({ path }) => path.join('.')) });
    return;
  }
  await directory.recordStatus(notOfTheFuture(status.data, now() / 1000));
}

/** A PBX whose clock ran ahead must not shut out what it says once its clock is right. */
function notOfTheFuture(status: AgentStatus, now: number): AgentStatus {
  return { ...status, at: Math.min(status.at, now) };
}
