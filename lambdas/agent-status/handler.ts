import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { clientOptions } from '#aws/client-options.ts';
import { createDynamoPbxDirectory } from '#aws/dynamo-pbx-directory.ts';
import { createEmfMetrics } from '#aws/emf-metrics.ts';
import { parseFunctionSettings } from '#aws/function-settings.ts';
import { createLambdaLogger, type LambdaContext } from '#aws/lambda-logger.ts';
import { keepStatus } from './keep-status.ts';
import { agentStatusSettingsSchema } from './settings.ts';

// Calls dynamodb:UpdateItem and dynamodb:GetItem on the pbx table.
const settings = parseFunctionSettings(agentStatusSettingsSchema, process.env);
const now = Date.now;
const logger = createLambdaLogger({ service: 'agent-status', level: settings.LOG_LEVEL });
const metrics = createEmfMetrics({ platform: settings.PLATFORM, now });
const directory = createDynamoPbxDirectory({
  client: new DynamoDBClient(clientOptions()),
  table: settings.PBX_TABLE,
  attribute: 'status',
  seenAt: () => now() / 1000,
});

export async function handler(event: unknown, context: LambdaContext): Promise<void> {
  logger.begin(context);
  try {
    await keepStatus(event, { directory, metrics, logger, now });
  } finally {
    metrics.publish();
  }
}
