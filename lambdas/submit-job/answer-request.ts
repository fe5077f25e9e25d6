import * as z from 'zod';
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import type { DoorAnswer } from './door-answer.ts';
import { submitJob } from './submit-job.ts';
import { submitWebhook, type WebhookDeps } from './webhook.ts';

/** What is read of an HTTP API's event, payload 2.0. */
const httpEventSchema = z.object({
  /** As lib/api-stack.ts names the routes. */
  routeKey: z.string(),
  headers: z.record(z.string(), z.string()).default({}),
  pathParameters: z.record(z.string(), z.string()).default({}),
  body: z.string().default(''),
  isBase64Encoded: z.boolean().default(false),
});

/** What an HTTP API is told (payload 2.0). */
export interface HttpAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** One request at the door. Rejects when a store or the queue fails, or on an event that no HTTP API sends. */
export async function answerRequest(event: unknown, deps: WebhookDeps): Promise<HttpAnswer> {
  const parsed = httpEventSchema.safeParse(event);
  if (!parsed.success) throw new OdoopbxError('MESSAGE_INVALID', 'this is no event of an HTTP API');
  const { routeKey, headers, pathParameters, isBase64Encoded } = parsed.data;
  const body = isBase64Encoded ? Buffer.from(parsed.data.body, 'base64').toString() : parsed.data.body;
  switch (routeKey) {
    case 'POST /app/asterisk_plus/agent':
      return httpAnswer(await submitJob({ headers, body }, deps));
    case 'POST /webhook/{key}':
      return httpAnswer(await submitWebhook(pathParameters['key'] ?? '', body, deps));
    case 'GET /health':
      return httpAnswer({ status: 200, contentType: 'application/json', body: '{"status":"ok"}' });
    default:
      return textAnswer(404, 'There is nothing here: post jobs to /app/asterisk_plus/agent.');
  }
}

export function textAnswer(status: number, body: string): HttpAnswer {
  return httpAnswer({ status, contentType: 'text/plain; charset=utf-8', body });
}

function httpAnswer({ status, contentType, body }: DoorAnswer): HttpAnswer {
  return { statusCode: status, headers: { 'content-type': contentType }, body };
}
