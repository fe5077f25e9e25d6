import * as z from 'zod';

/**
 * What API Gateway itself writes to a connection when it could not hand a message on, as the function behind it failed
 * or was too busy: `{"message": "Internal server error", "connectionId": …, "requestId": …}`. No side can say it: the
 * relay forwards frames alone.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-overview.html
 */
const troubleSchema = z.object({ message: z.string(), requestId: z.string(), v: z.undefined().optional() });

/** Whether this text, which is no frame, says that a message was lost on its way. */
export function isGatewayTrouble(text: string): boolean {
  try {
    return troubleSchema.safeParse(JSON.parse(text)).success;
  } catch {
    return false;
  }
}
