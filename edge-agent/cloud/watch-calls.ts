import * as z from 'zod';
import { blamesCredentials } from './aws-fault.ts';

export interface CallWatcher {
  /** AWS answered, well or not; its `Date` header. */
  answered(date: string | undefined): void;
  /** AWS did not take the credentials of this access key. */
  rejected(accessKeyId: string): void;
}

const headersSchema = z.object({ headers: z.record(z.string(), z.string()) });

/**
 * Looks at every request as it was signed and at every answer as it came, of each attempt: an SDK middleware, for
 * `client.middlewareStack.add(callWatch(…), callWatchPlace)`.
 */
export function callWatch(watcher: CallWatcher) {
  return <Args extends { request: unknown }, Result extends { response: unknown }>(
      next: (args: Args) => Promise<Result>,
    ) =>
    async (args: Args): Promise<Result> => {
      try {
        const result = await next(args);
        watcher.answered(headerOf(result.response, 'date'));
        return result;
      } catch (error) {
        const response = error instanceof Error && '$response' in error ? error.$response : undefined;
        watcher.answered(headerOf(response, 'date'));
        const key = accessKeyOf(headerOf(args.request, 'authorization'));
        if (key !== undefined && blamesCredentials(error)) watcher.rejected(key);
        throw error;
      }
    };
}

export const callWatchPlace = { step: 'deserialize', priority: 'high', name: 'callWatch' } as const;

function headerOf(message: unknown, name: string): string | undefined {
  const parsed = headersSchema.safeParse(message);
  if (!parsed.success) return undefined;
  return Object.entries(parsed.data.headers).find(([key]) => key.toLowerCase() === name)?.[1];
}

/** `AWS4-HMAC-SHA256 Credential=AKIA…/20260101/…` */
function accessKeyOf(authorization: string | undefined): string | undefined {
  return authorization === undefined ? undefined : /Credential=([^/,\s]+)\//.exec(authorization)?.[1];
}
