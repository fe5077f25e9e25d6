import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { KeyedCertificate } from './test-ca.ts';

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

/** EventBridge's PutEvents on 127.0.0.1. */
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

export interface PutEventsOptions {
  /** Whether these credentials are good; the signature itself is not computed. */
  accepts: (accessKeyId: string, sessionToken: string) => boolean;
  /** The stub's clock. */
  now?: () => number;
  /** For https; default: plain http. */
  certificate?: KeyedCertificate;
}

export async function startPutEventsStub(options: PutEventsOptions): Promise<PutEventsStub> {
  const { accepts, now = () => Date.now(), certificate } = options;
  const stub = { accepted: [] as Entry[], faults: [] as PutEventsFault[], signedBy: [] as string[] };
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    response.setHeader('date', new Date(now()).toUTCString());
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    answer(request, response).catch(() => response.destroy());
  };
  const server = certificate
    ? createHttpsServer({ cert: certificate.certificatePem, key: certificate.keyPem }, listener)
    : createServer(listener);

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
    if (Math.abs(signedAt(String(headers['x-amz-date'])) - now()) > signatureLifeMs) {
      return refuse(response, 400, 'InvalidSignatureException');
    }
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
    url: `${certificate ? 'https' : 'http'}://127.0.0.1:${port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** AWS takes a signature for five minutes, either way. */
const signatureLifeMs = 300_000;

/** Of `20261122T231354Z`. */
function signedAt(date: string): number {
  return Date.parse(date.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}

function refuse(response: ServerResponse, status: number, name: string): void {
  response.statusCode = status;
  response.end(JSON.stringify({ __type: name, message: `the test answers ${name}` }));
}
