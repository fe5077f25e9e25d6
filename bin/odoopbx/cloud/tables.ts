import {
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceNotFoundException,
} from '@aws-sdk/client-dynamodb';

export interface Tables {
  /** `ACTIVE` when it is well; undefined: no such table. */
  status(name: string): Promise<string | undefined>;
}

export function dynamoTables(client: DynamoDBClient): Tables {
  return {
    async status(name) {
      try {
        return (await client.send(new DescribeTableCommand({ TableName: name }))).Table?.TableStatus;
      } catch (error) {
        if (error instanceof ResourceNotFoundException) return undefined;
        throw error;
      }
    },
  };
}
