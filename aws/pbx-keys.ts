import { GetItemCommand, TransactWriteItemsCommand, type TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { PbxId } from '#core/contracts/names.ts';
import { transact, type DynamoTable } from './dynamo-table.ts';
import { pbxKind, pbxRowOf, type PbxRow } from './pbx-rows.ts';

/** Two keys open a PBX's door while the one is replaced by the other. */
const validAtOnce = 2;

/**
 * The API keys of the PBXs' doors, as SHA-256 in hexadecimal: the list in the PBX's row and one row per key to find
 * it by, in step by transactions.
 */
export interface PbxKeys {
  /** The keys that are valid now, the oldest first. */
  list(pbx: PbxId): Promise<readonly string[]>;
  /** Makes the key valid, and the oldest one invalid where a third comes. Returns those valid now. */
  add(pbx: PbxId, sha256: string): Promise<readonly string[]>;
  /** Makes the key invalid; one that is not this PBX's is no error. */
  remove(pbx: PbxId, sha256: string): Promise<readonly string[]>;
  /** Forgets the PBX: its keys, its pin, its status, its enrolment code. */
  removePbx(pbx: PbxId): Promise<void>;
}

export function createPbxKeys({ client, table }: DynamoTable): PbxKeys {
  async function read(pbx: PbxId): Promise<Pick<PbxRow, 'keyHashes' | 'openCode'>> {
    const Key = marshall({ id: pbx });
    const { Item } = await client.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }));
    return Item === undefined ? { keyHashes: [], openCode: null } : pbxRowOf(Item);
  }

  const list = async (pbx: PbxId): Promise<readonly string[]> => (await read(pbx)).keyHashes;

  const putKey = (pbx: PbxId, hash: string): TransactWriteItem => ({
    Put: {
      TableName: table,
      Item: marshall({ id: `key#${hash}`, pbx }),
      ConditionExpression: 'attribute_not_exists(id) OR pbx = :pbx',
      ExpressionAttributeValues: marshall({ ':pbx': pbx }),
    },
  });
  const deleteRow = (id: string): TransactWriteItem => ({
    Delete: { TableName: table, Key: marshall({ id }) },
  });
  const deleteKey = (hash: string): TransactWriteItem => deleteRow(`key#${hash}`);
  /** Holds when the list is as it was read. */
  const unchanged = (before: readonly string[]) => ({
    TableName: table,
    ConditionExpression:
      before.length === 0 ? 'attribute_not_exists(keyHashes) OR keyHashes = :was' : 'keyHashes = :was',
  });

  async function change(
    pbx: PbxId,
    next: (before: readonly string[]) => readonly string[],
  ): Promise<readonly string[]> {
    // Somebody else may change the same list: then it is read again.
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      const before = await list(pbx);
      const after = next(before);
      const written = await transact(async () => {
        const row: TransactWriteItem = {
          Update: {
            ...unchanged(before),
            Key: marshall({ id: pbx }),
            UpdateExpression: 'SET keyHashes = :now, kind = if_not_exists(kind, :kind)',
            ExpressionAttributeValues: marshall({ ':was': before, ':now': after, ':kind': pbxKind }),
          },
        };
        const added = after.filter((hash) => !before.includes(hash)).map((hash) => putKey(pbx, hash));
        const gone = before.filter((hash) => !after.includes(hash)).map(deleteKey);
        await client.send(new TransactWriteItemsCommand({ TransactItems: [row, ...added, ...gone] }));
      });
      if (written) return after;
    }
    throw new Error(
      `the keys of ${pbx} can not be changed: another PBX has this key, or they change all the time`,
    );
  }

  return {
    list,
    add: (pbx, sha256) =>
      change(pbx, (before) => [...before.filter((hash) => hash !== sha256), sha256].slice(-validAtOnce)),
    remove: (pbx, sha256) => change(pbx, (before) => before.filter((hash) => hash !== sha256)),

    async removePbx(pbx) {
      for (let attempt = 1; attempt <= 5; attempt += 1) {
        const { keyHashes: before, openCode } = await read(pbx);
        const removed = await transact(async () => {
          const row: TransactWriteItem = {
            Delete: {
              ...unchanged(before),
              Key: marshall({ id: pbx }),
              ExpressionAttributeValues: marshall({ ':was': before }),
            },
          };
          const found = [...before.map(deleteKey), ...(openCode === null ? [] : [deleteRow(openCode)])];
          await client.send(new TransactWriteItemsCommand({ TransactItems: [row, ...found] }));
        });
        if (removed) return;
      }
      throw new Error(`${pbx} can not be removed: its keys change all the time`);
    },
  };
}
