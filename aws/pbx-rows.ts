import {
  BatchGetItemCommand,
  type BatchGetItemCommandOutput,
  UpdateItemCommand,
  type AttributeValue,
  type KeysAndAttributes,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { AgentStatus } from '#core/contracts/agent-status.ts';
import type { PbxId } from '#core/contracts/names.ts';
import type { PbxRecord } from '#core/ports/pbx-directory.ts';
import { isConditionFailed, type DynamoTable } from './dynamo-table.ts';

/** `kind` of the rows of PBXs, and of no others: the index `by-last-seen` holds them alone. */
export const pbxKind = 'pbx';
/** `kind` of a PBX whose certificate was taken away: nobody waits for its agent. */
export const revokedKind = 'revoked';

/** A PBX's row in the `pbx` table. */
export interface PbxRow extends PbxRecord {
  /** Of the agent's certificate; null: not enrolled. */
  readonly certificateId: string | null;
  /** Id of the row of the enrolment code that is open for it. */
  readonly openCode: string | null;
}

/** A row as it is stored. Everything but `id` may be missing. */
interface StoredRow {
  id: string;
  kind?: string;
  keyHashes?: string[];
  instanceUid?: string;
  lastSeen?: number;
  status?: string;
  routedStatus?: string;
  certificateId?: string;
  openCode?: string;
}

/** `status` was written by agent-status, `routedStatus` by route-events: each tells what changed for itself. */
export type StatusAttribute = 'status' | 'routedStatus';

export function pbxRowOf(
  item: Record<string, AttributeValue>,
  attribute: StatusAttribute = 'status',
): PbxRow {
  const row = unmarshall(item) as StoredRow;
  const status = row[attribute];
  return {
    pbx: row.id,
    keyHashes: row.keyHashes ?? [],
    instanceUid: row.instanceUid ?? null,
    lastSeen: row.lastSeen ?? null,
    status: status === undefined ? null : (JSON.parse(status) as AgentStatus),
    ...(row.kind === revokedKind ? { revoked: true } : {}),
    certificateId: row.certificateId ?? null,
    openCode: row.openCode ?? null,
  };
}

const batchSize = 100;

/** The rows of these PBXs, by id; a PBX that has none yet is not in the map. */
export async function readPbxRows(
  { client, table }: DynamoTable,
  pbxs: readonly PbxId[],
): Promise<ReadonlyMap<PbxId, PbxRow>> {
  const rows = new Map<PbxId, PbxRow>();
  for (let from = 0; from < pbxs.length; from += batchSize) {
    const Keys = [...new Set(pbxs.slice(from, from + batchSize))].map((id) => marshall({ id }));
    let wanted: Record<string, KeysAndAttributes> | undefined = { [table]: { Keys, ConsistentRead: true } };
    while (wanted?.[table] !== undefined) {
      const answer: BatchGetItemCommandOutput = await client.send(
        new BatchGetItemCommand({ RequestItems: wanted }),
      );
      for (const item of answer.Responses?.[table] ?? []) {
        const row = pbxRowOf(item);
        rows.set(row.pbx, row);
      }
      wanted = answer.UnprocessedKeys;
    }
  }
  return rows;
}

/** Lets another Odoo database be the one that may send jobs: the next that comes is pinned. */
export async function unpinInstance(access: DynamoTable, pbx: PbxId): Promise<void> {
  await changeRow(access, pbx, 'REMOVE instanceUid');
}

/**
 * The PBX's certificate was taken away: nobody is alarmed by its silence, and what its agent says with credentials
 * that are good for another hour counts no more. Enrolling anew ends this.
 */
export async function markRevoked(access: DynamoTable, pbx: PbxId): Promise<void> {
  await changeRow(access, pbx, 'SET kind = :kind REMOVE certificateId', { ':kind': revokedKind });
}

async function changeRow(
  { client, table }: DynamoTable,
  pbx: PbxId,
  expression: string,
  values?: Record<string, string>,
): Promise<void> {
  try {
    await client.send(
      new UpdateItemCommand({
        TableName: table,
        Key: marshall({ id: pbx }),
        UpdateExpression: expression,
        ConditionExpression: 'attribute_exists(id)',
        ...(values === undefined ? {} : { ExpressionAttributeValues: marshall(values) }),
      }),
    );
  } catch (error) {
    if (!isConditionFailed(error)) throw error;
  }
}
