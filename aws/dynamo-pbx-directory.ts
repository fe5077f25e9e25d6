import { GetItemCommand, UpdateItemCommand, type AttributeValue } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { AgentStatus } from '#core/contracts/agent-status.ts';
import type { PbxId } from '#core/contracts/names.ts';
import type { PbxDirectory, PbxRecord } from '#core/ports/pbx-directory.ts';
import { isConditionFailed, type DynamoTable } from './dynamo-table.ts';
import { pbxKind, pbxRowOf, revokedKind, type StatusAttribute } from './pbx-rows.ts';

export interface PbxDirectoryOptions extends DynamoTable {
  /**
   * Where recordStatus keeps the status and `find` reads it. `status` moves `lastSeen` too; `routedStatus`, for
   * route-events, touches nothing else: both hear of the same status and each must see its own "before".
   */
  readonly attribute: StatusAttribute;
  /** What `lastSeen` becomes (Unix seconds), default the status's own time. The cloud passes its own clock. */
  readonly seenAt?: (status: AgentStatus) => number;
}

/**
 * The `pbx` table. A status of a PBX that was removed or revoked is dropped: its agent still has credentials for a
 * while. Except for findByKeyHash only the row of the PBX itself is touched, which is all that a tenant's function
 * may do.
 */
export function createDynamoPbxDirectory(options: PbxDirectoryOptions): PbxDirectory {
  const { client, table, attribute, seenAt = (status) => status.at } = options;
  const ownClock = attribute === 'status';
  const known = (item: Record<string, AttributeValue>): PbxRecord => {
    const { certificateId: _certificate, openCode: _code, ...record } = pbxRowOf(item, attribute);
    return record;
  };

  async function read(id: string): Promise<Record<string, AttributeValue> | undefined> {
    const command = new GetItemCommand({ TableName: table, Key: marshall({ id }), ConsistentRead: true });
    return (await client.send(command)).Item;
  }

  async function find(pbx: PbxId): Promise<PbxRecord | undefined> {
    const item = await read(pbx);
    return item === undefined ? undefined : known(item);
  }

  return {
    find,

    async findByKeyHash(sha256) {
      const pbx = (await read(`key#${sha256}`))?.['pbx']?.S;
      const record = pbx === undefined ? undefined : await find(pbx);
      return record?.keyHashes.includes(sha256) === true ? record : undefined;
    },

    async pinInstance(pbx, instanceUid) {
      try {
        await client.send(
          new UpdateItemCommand({
            TableName: table,
            Key: marshall({ id: pbx }),
            UpdateExpression: 'SET instanceUid = :uid',
            ConditionExpression: 'attribute_exists(id) AND attribute_not_exists(instanceUid)',
            ExpressionAttributeValues: marshall({ ':uid': instanceUid }),
          }),
        );
        return instanceUid;
      } catch (error) {
        if (!isConditionFailed(error)) throw error;
        const pinned = (await find(pbx))?.instanceUid;
        if (pinned === undefined || pinned === null) throw new Error(`no PBX ${pbx}`, { cause: error });
        return pinned;
      }
    },

    async recordStatus(status) {
      const sets = ['#status = :status', '#at = :at', 'kind = :kind'];
      const values: Record<string, unknown> = {
        ':status': storedText(status),
        ':at': status.at,
        ':kind': pbxKind,
        ':revoked': revokedKind,
      };
      if (ownClock) {
        sets.push('lastSeen = :seen');
        values[':seen'] = seenAt(status);
        values[':long'] = seenAt(status) - overtakenSeconds;
      }
      try {
        const { Attributes } = await client.send(
          new UpdateItemCommand({
            TableName: table,
            Key: marshall({ id: status.pbx }),
            UpdateExpression: `SET ${sets.join(', ')}`,
            ConditionExpression:
              'attribute_exists(id) AND (attribute_not_exists(kind) OR kind <> :revoked) ' +
              `AND (attribute_not_exists(#at) OR #at <= :at${ownClock ? ' OR lastSeen < :long' : ''})`,
            ExpressionAttributeNames: { '#status': attribute, '#at': `${attribute}At` },
            ExpressionAttributeValues: marshall(values),
            ReturnValues: 'UPDATED_OLD',
          }),
        );
        const before = Attributes?.[attribute]?.S;
        return before === undefined ? null : (JSON.parse(before) as AgentStatus);
      } catch (error) {
        if (!isConditionFailed(error)) throw error;
        return (await find(status.pbx))?.status ?? null;
      }
    },
  };
}

/**
 * The bus may bring statuses in another order, but not by so much. An older one after that is of a PBX whose clock
 * was put back: it would be silent, and its door shut, until its clock has caught up.
 */
const overtakenSeconds = 120;

/** A row takes 400 KB, and there are two statuses in it. */
const maxStatusBytes = 100_000;
const keptRules = 100;

/** What an agent refuses of the rules may be long, a stolen one's on purpose: then not all of it is kept. */
function storedText(status: AgentStatus): string {
  const text = JSON.stringify(status);
  if (Buffer.byteLength(text) <= maxStatusBytes) return text;
  const refusedRules = status.refusedRules
    .slice(0, keptRules)
    .map((rule) => ({ ...rule, message: rule.message.slice(0, 100) }));
  return JSON.stringify({ ...status, refusedRules });
}
