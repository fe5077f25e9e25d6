import * as z from 'zod';
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { ConsoleRelay } from './relay.ts';

/** What is read of a WebSocket API's event, and the schedule's, as lib/constructs/console-gateway.ts writes it. */
const relayEventSchema = z.union([
  z.object({ sweep: z.literal(true) }),
  z.object({
    requestContext: z.object({
      connectionId: z.string().min(1).max(128),
      eventType: z.enum(['CONNECT', 'MESSAGE', 'DISCONNECT']),
      identity: z.object({ sourceIp: z.string().max(64).optional() }).optional(),
    }),
    queryStringParameters: z.object({ ticket: z.string().max(256).optional() }).nullish(),
    body: z.string().nullish(),
  }),
]);

export interface RelayAnswer {
  readonly statusCode: number;
}

/** One event. Rejects where a store or the gateway fails, or on an event that is none. */
export async function answerEvent(event: unknown, relay: ConsoleRelay, logger: Logger): Promise<RelayAnswer> {
  const parsed = relayEventSchema.safeParse(event);
  if (!parsed.success) throw new OdoopbxError('MESSAGE_INVALID', 'this is no event of a WebSocket API');
  if ('sweep' in parsed.data) {
    await relay.sweep();
    return { statusCode: 200 };
  }
  const { requestContext, queryStringParameters, body } = parsed.data;
  const { connectionId, eventType } = requestContext;
  switch (eventType) {
    case 'CONNECT': {
      const statusCode = await relay.connect(connectionId, queryStringParameters?.ticket);
      if (statusCode !== 200) {
        logger.warn('a connection is refused', { status: statusCode, ip: requestContext.identity?.sourceIp });
      }
      return { statusCode };
    }
    case 'MESSAGE':
      await relay.message(connectionId, body ?? '');
      return { statusCode: 200 };
    case 'DISCONNECT':
      await relay.disconnect(connectionId);
      return { statusCode: 200 };
  }
}
