import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Entry {
  EventBusName: string;
  Source: string;
  DetailType: string;
  Detail: string;
}

/** What the stub does with one request instead of accepting it. */
export type PutEventsFault =
  | { kind: 'error'; status: number; name: string }
  /** Fails the entries at these places. */
  | { kind: 'entries'; places: readonly number[]; code: string };

/** EventBridge's PutEvents over plain HTTP on 127.0.0.1. */
export interface PutEventsStub {
  readonly url: string;
  /** In the order in which they were accepted. */
  readonly accepted: Entry[];
  /** One for each request to come, the first one first. */
  readonly faults: PutEventsFault[];
  /** Access key ids that requests were signed with, in order. */
  readonly signedBy: string[];
  stop(): Promise<void>;
}

/** `accepts`: whether these credentials are good; the signature itself is not computed. */
export async function startPutEventsStub(
  accepts: (accessKeyId: string, sessionToken: string) => boolean,
  now: () => number = () => Date.now(),
): Promise<PutEventsStub> {
  const stub = { accepted: [] as Entry[], faults: [] as PutEventsFault[], signedBy: [] as string[] };
  const server = createServer((request, response) => {
    response.setHeader('date', new Date(now()).toUTCString());
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    answer(request, response).catch(() => response.destroy());
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const { headers } = request;
    const [, key] =
      /^AWS4-HMAC-SHA256 Credential=([A-Z0-9]+)\/\d{8}\/[a-z0-9-]+\/events\/aws4_request,.*Signature=[0-9a-f]{64}$/.exec(
        headers.authorization ?? '',
      ) ?? [];
    if (key === undefined || headers['x-amz-target'] !== 'AWSEvents.PutEvents') {
      return refuse(response, 400, 'MissingAuthenticationTokenException');
    }
    stub.signedBy.push(key);
    if (!accepts(key, String(headers['x-amz-security-token']))) {
      return refuse(response, 403, 'ExpiredTokenException');
    }
    const fault = stub.faults.shift();
    if (fault?.kind === 'error') return refuse(response, fault.status, fault.name);
    const failing = new Set(fault?.places);
    const { Entries } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { Entries: Entry[] };
    const outcomes = Entries.map((entry, place) => {
      if (failing.has(place)) return { ErrorCode: fault?.code, ErrorMessage: 'as the test wants it' };
      stub.accepted.push(entry);
      return { EventId: `event-${stub.accepted.length}` };
    });
    const body = {
      FailedEntryCount: outcomes.filter((one) => one.ErrorCode !== undefined).length,
      Entries: outcomes,
    };
    response.end(JSON.stringify(body));
  }

  server.listen(0, '127.0.0.1');
  await new Promise<void>((resolve) => server.once('listening', () => resolve()));
  const { port } = server.address() as AddressInfo;
  return {
    ...stub,
    url: `http://127.0.0.1:${port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function refuse(response: ServerResponse, status: number, name: string): void {
  response.statusCode = status;
  response.end(JSON.stringify({ __type: name, message: `the test answers ${name}` }));
}
