import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { clientOptions } from '#aws/client-options.ts';
import { createDynamoJobStore } from '#aws/dynamo-job-store.ts';
import { createEmfMetrics } from '#aws/emf-metrics.ts';
import { createEventBridgeBus } from '#aws/event-bridge-bus.ts';
import { parseFunctionSettings } from '#aws/function-settings.ts';
import { createLambdaLogger, type LambdaContext } from '#aws/lambda-logger.ts';
import { listLastSeen } from '#aws/last-seen.ts';
import { sweepSettingsSchema } from './settings.ts';
import { sweep } from './sweep.ts';
import { createSilenceWatch } from './watch-silence.ts';

// Calls dynamodb:Query on the indexes `overdue` and `by-last-seen`, dynamodb:UpdateItem on the jobs table and
// events:PutEvents (detail type job.result.v1, source of any PBX).
const settings = parseFunctionSettings(sweepSettingsSchema, process.env);
const now = Date.now;
const logger = createLambdaLogger({ service: 'sweep', level: settings.LOG_LEVEL });
const metrics = createEmfMetrics({ platform: settings.PLATFORM, now });
const client = new DynamoDBClient(clientOptions());
const jobs = createDynamoJobStore({ client, table: settings.JOBS_TABLE });
const bus = createEventBridgeBus({ client: new EventBridgeClient(clientOptions()), bus: settings.BUS });
const watchSilence = createSilenceWatch({ metrics, logger });
/** Longer than a request to AWS takes with all its tries. */
const reserveMs = 17_000;

export async function handler(_event: unknown, context: LambdaContext): Promise<void> {
  logger.begin(context);
  try {
    await sweep({
      jobs,
      bus,
      listLastSeen: (which) => listLastSeen({ client, table: settings.PBX_TABLE }, which),
      watchSilence,
      publish: () => metrics.publish(),
      logger,
      now,
      hasTime: () => context.getRemainingTimeInMillis() > reserveMs,
    });
  } finally {
    metrics.publish();
  }
}
