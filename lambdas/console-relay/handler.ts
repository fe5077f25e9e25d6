import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { clientOptions } from '#aws/client-options.ts';
import { createDynamoConsoleSessions } from '#aws/dynamo-console-sessions.ts';
import { parseFunctionSettings } from '#aws/function-settings.ts';
import { createGatewayConnections } from '#aws/gateway-connections.ts';
import { createLambdaLogger, type LambdaContext } from '#aws/lambda-logger.ts';
import { ticketMint } from '#aws/ticket-mint.ts';
import { messageOf } from '#core/errors/odoopbx-error.ts';
import { answerEvent, type RelayAnswer } from './answer-event.ts';
import { createConsoleRelay } from './relay.ts';
import { consoleRelaySettingsSchema } from './settings.ts';

// Calls dynamodb:GetItem, PutItem, UpdateItem, DeleteItem on the sessions table, dynamodb:Query on its index
// `open-sessions`, execute-api:ManageConnections on the connections of its own WebSocket API.
const settings = parseFunctionSettings(consoleRelaySettingsSchema, process.env);
const logger = createLambdaLogger({ service: 'console-relay', level: settings.LOG_LEVEL });
const times = { requestMs: 2000, connectMs: 1000 };

const relay = createConsoleRelay({
  sessions: createDynamoConsoleSessions({
    client: new DynamoDBClient(clientOptions(times)),
    table: settings.SESSIONS_TABLE,
  }),
  connections: createGatewayConnections({
    client: new ApiGatewayManagementApiClient({
      ...clientOptions({ ...times, attempts: 5 }),
      endpoint: settings.CONNECTIONS_URL,
    }),
  }),
  tickets: ticketMint,
  clock: { now: () => Date.now() },
  logger,
});

export async function handler(event: unknown, context: LambdaContext): Promise<RelayAnswer> {
  logger.begin(context);
  try {
    return await answerEvent(event, relay, logger);
  } catch (error) {
    // Of what was sent nothing: it may be what somebody typed.
    logger.error('the relay failed', { cause: messageOf(error) });
    throw error;
  }
}
