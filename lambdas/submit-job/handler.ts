import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
// oxlint-disable-next-line import/no-named-as-default -- its types know the default export alone
import middy from '@middy/core';
import httpErrorHandler from '@middy/http-error-handler';
import { clientOptions, sqsClientOptions } from '#aws/client-options.ts';
import { createDynamoConsoleSessions } from '#aws/dynamo-console-sessions.ts';
import { createDynamoJobStore } from '#aws/dynamo-job-store.ts';
import { createDynamoPbxDirectory } from '#aws/dynamo-pbx-directory.ts';
import { parseFunctionSettings } from '#aws/function-settings.ts';
import { createLambdaLogger } from '#aws/lambda-logger.ts';
import { createSqsJobQueue } from '#aws/sqs-job-queue.ts';
import { ticketMint } from '#aws/ticket-mint.ts';
import { messageOf } from '#core/errors/odoopbx-error.ts';
import { answerRequest, textAnswer, type HttpAnswer } from './answer-request.ts';
import { fleetFileSchema, submitJobSettingsSchema } from './settings.ts';
import type { WebhookDeps } from './webhook.ts';

// Calls dynamodb:GetItem, UpdateItem on the pbx table; dynamodb:GetItem, PutItem on the jobs table; dynamodb:PutItem on
// the sessions table; sqs:SendMessage on the job queues.
const settings = parseFunctionSettings(submitJobSettingsSchema, process.env);
const { FLEET_FILE } = settings;
const fleetFile = FLEET_FILE === undefined ? {} : JSON.parse(readFileSync(FLEET_FILE, 'utf8'));
const { webhooks } = parseFunctionSettings(fleetFileSchema, fleetFile);
const logger = createLambdaLogger({ service: 'submit-job', level: settings.LOG_LEVEL });
// Odoo waits, for 30 s at most.
const times = { requestMs: 2000, connectMs: 1000 };
const database = new DynamoDBClient(clientOptions(times));

const deps: WebhookDeps = {
  directory: createDynamoPbxDirectory({ client: database, table: settings.PBX_TABLE, attribute: 'status' }),
  jobs: createDynamoJobStore({ client: database, table: settings.JOBS_TABLE }),
  queue: createSqsJobQueue({
    client: new SQSClient(sqsClientOptions(times)),
    urlBase: settings.JOB_QUEUE_URL_BASE,
  }),
  clock: { now: () => Date.now() },
  random: { uuid: () => randomUUID() },
  logger,
  console: {
    sessions: createDynamoConsoleSessions({ client: database, table: settings.SESSIONS_TABLE }),
    tickets: ticketMint,
    urlOf: (_role, ticket) => `${settings.CONSOLE_URL}?ticket=${ticket}`,
  },
  webhookOf: (pbx) => webhooks[pbx],
};

const notKept = 'The job could not be kept; try again.';
/** Not 503: that is a PBX offline, of which no alarm tells (lib/constructs/http-door.ts). */
const failed = 500;

export const handler = middy<unknown, HttpAnswer>({
  timeoutEarlyInMillis: 500,
  timeoutEarlyResponse: () => textAnswer(failed, notKept),
})
  .use(httpErrorHandler({ logger: (error) => logger.error('the door failed', { cause: causeOf(error) }) }))
  .handler(async (event, context) => {
    logger.begin(context);
    try {
      return await answerRequest(event, deps);
    } catch (error) {
      // Said to a person: Odoo shows it as it is, so nothing of what went wrong is in it.
      throw Object.assign(new Error(notKept, { cause: error }), { statusCode: failed, expose: true });
    }
  });

function causeOf(error: Error): string {
  return messageOf(error.cause ?? error);
}
