import {
  ApiGatewayManagementApiServiceException,
  DeleteConnectionCommand,
  GoneException,
  PostToConnectionCommand,
  type ApiGatewayManagementApiClient,
} from '@aws-sdk/client-apigatewaymanagementapi';
import type { ConsoleConnections } from '#core/ports/console-connections.ts';

export interface GatewayConnectionsOptions {
  /** Its endpoint is the stage's: `https://<api>.execute-api.<region>.amazonaws.com/<stage>`. */
  readonly client: Pick<ApiGatewayManagementApiClient, 'send'>;
}

const utf8 = new TextEncoder();

/** The connections of a WebSocket API. What is throttled (429) or fails (5xx) the client tries again, with back-off. */
export function createGatewayConnections({ client }: GatewayConnectionsOptions): ConsoleConnections {
  return {
    async post(ConnectionId, message) {
      try {
        await client.send(new PostToConnectionCommand({ ConnectionId, Data: utf8.encode(message) }));
        return true;
      } catch (error) {
        if (isGone(error)) return false;
        throw error;
      }
    },
    async close(ConnectionId) {
      try {
        await client.send(new DeleteConnectionCommand({ ConnectionId }));
      } catch (error) {
        if (!isGone(error)) throw error;
      }
    },
  };
}

/** By its class, or where an answer does not name it by its status. */
function isGone(error: unknown): boolean {
  if (error instanceof GoneException) return true;
  return error instanceof ApiGatewayManagementApiServiceException && error.$metadata.httpStatusCode === 410;
}
