import { QueryCommand, type AttributeValue } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { PbxId } from '#core/contracts/names.ts';
import type { DynamoTable } from './dynamo-table.ts';
import { pbxKind, revokedKind } from './pbx-rows.ts';

export interface LastSeen {
  readonly pbx: PbxId;
  /** Unix seconds, the cloud's clock. */
  readonly lastSeen: number;
}

/**
 * Pages of all PBXs that were ever heard of, the longest silent first: the index `by-last-seen`. `revoked`: of those
 * instead whose certificate was taken away.
 */
export async function* listLastSeen(
  { client, table }: DynamoTable,
  { pageSize, revoked = false }: { pageSize?: number; revoked?: boolean } = {},
): AsyncGenerator<LastSeen[], void, undefined> {
  let start: Record<string, AttributeValue> | undefined;
  do {
    const page = await client.send(
      new QueryCommand({
        TableName: table,
        IndexName: 'by-last-seen',
        KeyConditionExpression: 'kind = :kind',
        ExpressionAttributeValues: marshall({ ':kind': revoked ? revokedKind : pbxKind }),
        ...(pageSize === undefined ? {} : { Limit: pageSize }),
        ExclusiveStartKey: start,
      }),
    );
    const found = (page.Items ?? []).map((item) => ({
      pbx: item['id']?.S ?? '',
      lastSeen: Number(item['lastSeen']?.N),
    }));
    if (found.length > 0) yield found;
    start = page.LastEvaluatedKey;
  } while (start !== undefined);
}
