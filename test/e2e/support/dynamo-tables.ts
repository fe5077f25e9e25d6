import {
  CreateTableCommand,
  DeleteTableCommand,
  type CreateTableCommandInput,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';

const text = (AttributeName: string) => ({ AttributeName, AttributeType: 'S' }) as const;
const number = (AttributeName: string) => ({ AttributeName, AttributeType: 'N' }) as const;
const keys = (hash: string, range?: string): CreateTableCommandInput['KeySchema'] => [
  { AttributeName: hash, KeyType: 'HASH' },
  ...(range === undefined ? [] : [{ AttributeName: range, KeyType: 'RANGE' } as const]),
];

/** The tables of a platform as PlatformStack makes them, for tests that deploy nothing. */
export async function createTables(
  client: DynamoDBClient,
  names: { jobs: string; pbx: string; sessions: string },
): Promise<() => Promise<void>> {
  const shared = { BillingMode: 'PAY_PER_REQUEST' } as const;
  await client.send(
    new CreateTableCommand({
      ...shared,
      TableName: names.jobs,
      AttributeDefinitions: [text('pbx'), text('id'), text('open'), number('expiresAt')],
      KeySchema: keys('pbx', 'id'),
      GlobalSecondaryIndexes: [
        { IndexName: 'overdue', KeySchema: keys('open', 'expiresAt'), Projection: { ProjectionType: 'ALL' } },
      ],
    }),
  );
  await client.send(
    new CreateTableCommand({
      ...shared,
      TableName: names.pbx,
      AttributeDefinitions: [text('id'), text('kind'), number('lastSeen')],
      KeySchema: keys('id'),
      GlobalSecondaryIndexes: [
        {
          IndexName: 'by-last-seen',
          KeySchema: keys('kind', 'lastSeen'),
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
    }),
  );
  await client.send(
    new CreateTableCommand({
      ...shared,
      TableName: names.sessions,
      AttributeDefinitions: [text('id'), text('open'), number('createdAt')],
      KeySchema: keys('id'),
      GlobalSecondaryIndexes: [
        {
          IndexName: 'open-sessions',
          KeySchema: keys('open', 'createdAt'),
          Projection: { ProjectionType: 'ALL' },
        },
      ],
    }),
  );
  return async () => {
    for (const TableName of Object.values(names)) await client.send(new DeleteTableCommand({ TableName }));
  };
}
