import type { AgentStatus } from '#core/contracts/agent-status.ts';
import { gatewayAnswerSchema } from '#core/contracts/gateway.ts';
import type { GatewayAnswer, GatewayBatch } from '#core/contracts/gateway.ts';
import type { PbxId } from '#core/contracts/names.ts';
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { OdooClient } from './client.ts';
import type { RequestLimits } from './http-exchange.ts';

const serverModel = 'asterisk_plus.server';
/** An Odoo without the addon is asked again after this: somebody may have installed it. */
const reprobeAfterMs = 5 * 60_000;

/** The addon's batch gateway: one HTTP call and one transaction per batch, exactly-once effects. */
export interface OdooGateway {
  /** Whether the addon answers, found out by an empty batch and kept. Rejects while Odoo can not be asked. */
  isPresent(pbx: PbxId, limits?: RequestLimits): Promise<boolean>;
  /** Asks anew with an empty batch: rejects with whatever would stop a batch as well. */
  check(pbx: PbxId, limits?: RequestLimits): Promise<void>;
  /** Rejects with ODOO_NOT_FOUND (and forgets the gateway) where the addon is gone. */
  processBatch(batch: GatewayBatch, limits?: RequestLimits): Promise<GatewayAnswer>;
  /** False where Odoo has no server record of this PBX. */
  updateAgentStatus(pbx: PbxId, status: AgentStatus, limits?: RequestLimits): Promise<boolean>;
}

export function createOdooGateway(client: Pick<OdooClient, 'callMethod'>, clock: Clock): OdooGateway {
  let known: { present: boolean; at: number } | undefined;

  async function processBatch(batch: GatewayBatch, limits?: RequestLimits): Promise<GatewayAnswer> {
    let value: unknown;
    try {
      value = await client.callMethod(serverModel, 'process_batch', [], { batch }, limits);
    } catch (error) {
      if (isNotFound(error)) known = { present: false, at: clock.now() };
      throw error;
    }
    const answer = gatewayAnswerSchema.safeParse(value);
    if (!answer.success) {
      const what = answer.error.issues[0];
      throw new OdoopbxError(
        'ODOO_BAD_ANSWER',
        `the answer of ${serverModel}.process_batch is not understood: ${what?.path.join('.') ?? ''} ${what?.message ?? ''}`,
      );
    }
    known = { present: true, at: clock.now() };
    return answer.data;
  }

  async function check(pbx: PbxId, limits?: RequestLimits): Promise<void> {
    await processBatch({ v: 1, pbx, events: [], results: [] }, limits);
  }

  return {
    processBatch,
    check,
    async isPresent(pbx, limits) {
      if (known !== undefined && (known.present || clock.now() - known.at < reprobeAfterMs))
        return known.present;
      try {
        await check(pbx, limits);
        return true;
      } catch (error) {
        if (isNotFound(error)) return false;
        throw error;
      }
    },
    async updateAgentStatus(pbx, status, limits) {
      return (
        (await client.callMethod(serverModel, 'update_agent_status', [], { pbx, status }, limits)) !== false
      );
    },
  };
}

function isNotFound(error: unknown): boolean {
  return error instanceof OdoopbxError && error.code === 'ODOO_NOT_FOUND';
}
