import { readFileSync } from 'node:fs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SSMClient } from '@aws-sdk/client-ssm';
import { clientOptions, sqsClientOptions } from '#aws/client-options.ts';
import { createDynamoJobStore } from '#aws/dynamo-job-store.ts';
import { createDynamoPbxDirectory } from '#aws/dynamo-pbx-directory.ts';
import { createEmfMetrics } from '#aws/emf-metrics.ts';
import { parseFunctionSettings } from '#aws/function-settings.ts';
import { createLambdaLogger, type LambdaContext } from '#aws/lambda-logger.ts';
import { createOdooSecret } from '#aws/odoo-secret.ts';
import { createSqsJobQueue } from '#aws/sqs-job-queue.ts';
import { tenantOf } from '#core/contracts/names.ts';
import { resourceNames } from '#core/fleet/resource-names.ts';
import { functionClock, functionRandom } from './function-clock.ts';
import { leaveInInbox } from './leave-in-inbox.ts';
import { createOdooTargets } from './odoo-targets.ts';
import { park } from './park.ts';
import { routeBatch, type BatchAnswer, type BatchDeps } from './route-batch.ts';
import { createRouteMemory } from './route-memory.ts';
import { createRouteMetrics } from './route-metrics.ts';
import { fleetFileSchema, routeEventsSettingsSchema } from './settings.ts';

// Calls, on rows of this tenant's PBXs alone: dynamodb:GetItem, PutItem, UpdateItem (jobs table), GetItem, UpdateItem
// (pbx table); sqs:ChangeMessageVisibility (inbox), sqs:SendMessage (DLQ, job queues); ssm:GetParameter.
const settings = parseFunctionSettings(routeEventsSettingsSchema, process.env);
const { PLATFORM, TENANT, FLEET_FILE } = settings;
const fleetFile = FLEET_FILE === undefined ? {} : JSON.parse(readFileSync(FLEET_FILE, 'utf8'));
const { rules: localRules } = parseFunctionSettings(fleetFileSchema, fleetFile);
const clock = functionClock;
const now = () => clock.now();
const logger = createLambdaLogger({ service: 'route-events', level: settings.LOG_LEVEL });
const metrics = createEmfMetrics({ platform: PLATFORM, now });
const database = new DynamoDBClient(clientOptions());
const queues = new SQSClient(sqsClientOptions());
const parameters = new SSMClient(clientOptions());

const deps: BatchDeps = {
  odooFor: createOdooTargets(settings.ODOO, {
    secretOf: (pbxName) =>
      createOdooSecret({
        client: parameters,
        name: resourceNames(PLATFORM).odooSecret(TENANT, pbxName),
        now,
      }),
    localRules,
    clock,
    logger,
  }),
  admits: (pbx) => tenantOf(pbx) === TENANT,
  jobs: createDynamoJobStore({ client: database, table: settings.JOBS_TABLE }),
  directory: createDynamoPbxDirectory({
    client: database,
    table: settings.PBX_TABLE,
    attribute: 'routedStatus',
  }),
  queue: createSqsJobQueue({ client: queues, urlBase: settings.JOB_QUEUE_URL_BASE }),
  clock,
  random: functionRandom,
  logger,
  counters: createRouteMetrics(metrics.of(TENANT)),
  memory: createRouteMemory(),
  park: (id, items) => park(id, items, { client: queues, url: settings.PARKED_URL }, logger),
  leaveInInbox: (waiting) =>
    leaveInInbox(waiting, { client: queues, url: settings.INBOX_URL }, { clock, logger }),
};

export async function handler(event: unknown, context: LambdaContext): Promise<BatchAnswer> {
  logger.begin(context);
  try {
    return await routeBatch(event, () => context.getRemainingTimeInMillis(), deps);
  } finally {
    metrics.publish();
  }
}
