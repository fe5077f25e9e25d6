import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { accessRequestsOf, type AwsCall } from './access-requests.ts';
import { isAllowed, type Statement } from './iam-policy.ts';

/** Who holds an access key. */
export interface Principal {
  readonly name: string;
  readonly statements: readonly Statement[];
  readonly variables: Readonly<Record<string, string>>;
  /** Unix ms; a call after it is refused as AWS refuses expired credentials. */
  expiresAt: number;
}

export interface AwsAnswer {
  readonly status: number;
  readonly body: string;
}

/** A call in a test's hands: answered by itself, changed on the way, or passed on. */
export interface HeldCall extends AwsCall {
  readonly principal: Principal;
  /** Sends it on to the emulator, with another input where one is given. */
  forward(input?: object): Promise<AwsAnswer>;
}

/** Undefined: none of my business. */
export type Intercept = (call: HeldCall) => Promise<AwsAnswer | undefined> | undefined;

/**
 * AWS's front door before the emulator, which lets everybody do everything: it asks for a known access key that
 * has not expired and allows what the key's role allows; and lets a test make AWS fail.
 */
export interface AwsGate {
  /** For AWS_ENDPOINT_URL. */
  readonly url: string;
  admit(accessKeyId: string, principal: Principal): void;
  /** Calls that were refused for want of permission, in words; a test expects none that it did not provoke. */
  readonly refusals: string[];
  /** Adds it in front of the others; returns how to take it away. */
  intercept(hook: Intercept): () => void;
  stop(): Promise<void>;
}

export async function startAwsGate(emulatorUrl: string): Promise<AwsGate> {
  const principals = new Map<string, Principal>();
  const hooks: Intercept[] = [];
  const refusals: string[] = [];

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<AwsAnswer> {
    const body = await buffer(request);
    const signature = /Credential=([^/]+)\/\d+\/([^/]+)\/([^/]+)\//.exec(request.headers.authorization ?? '');
    const [, accessKeyId = '', region = '', service = ''] = signature ?? [];
    const principal = principals.get(accessKeyId);
    if (principal === undefined) return failure(403, 'UnrecognizedClientException', 'no such access key');
    if (Date.now() >= principal.expiresAt) {
      return failure(400, 'ExpiredTokenException', 'The security token included in the request is expired');
    }
    const target = request.headers['x-amz-target'];
    const call: AwsCall = {
      service,
      region,
      method: request.method ?? 'GET',
      path: request.url ?? '/',
      operation: typeof target === 'string' ? (target.split('.').at(-1) ?? '') : '',
      input: body.length === 0 ? {} : (JSON.parse(body.toString()) as AwsCall['input']),
    };
    const forbidden = accessRequestsOf(call).find(
      (wanted) => !isAllowed(principal.statements, wanted, principal.variables),
    );
    if (forbidden !== undefined) {
      const { action, resource, context } = forbidden;
      const words = `${principal.name} is not authorized to perform: ${action} on resource: ${resource}`;
      refusals.push(`${words} ${JSON.stringify(context)}`);
      return failure(400, 'AccessDeniedException', words);
    }
    const forward = async (input?: object): Promise<AwsAnswer> => {
      const { host: _host, 'content-length': _length, connection: _connection, ...headers } = request.headers;
      const sent = input === undefined ? body : Buffer.from(JSON.stringify(input));
      const got = await fetch(emulatorUrl + call.path, {
        method: call.method,
        headers: headers as Record<string, string>,
        ...(sent.length === 0 ? {} : { body: new Uint8Array(sent) }),
      });
      return { status: got.status, body: await got.text() };
    };
    for (const hook of hooks) {
      const answered = await hook({ ...call, principal, forward });
      if (answered !== undefined) return answered;
    }
    const isLongPoll = call.operation === 'ReceiveMessage' && Number(call.input['WaitTimeSeconds'] ?? 0) > 0;
    return isLongPoll ? longPoll(call, forward, () => response.destroyed) : forward();
  }

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const given = await answer(request, response).catch((error: unknown) =>
      failure(500, 'InternalFailure', String(error)),
    );
    const headers = {
      'content-type': 'application/x-amz-json-1.1',
      ...errorHeader(given.status, given.body),
    };
    response.writeHead(given.status, headers).end(given.body);
  }

  const server = createServer((request, response) => void respond(request, response));
  // Longer than any pause between two calls: a client must not meet a connection that is just being closed.
  server.keepAliveTimeout = 600_000;
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    admit: (accessKeyId, principal) => void principals.set(accessKeyId, principal),
    refusals,
    intercept(hook) {
      hooks.unshift(hook);
      return () => void hooks.splice(hooks.indexOf(hook), 1);
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Asked in short turns: moto would hand a message to a client that was killed while it waited. */
async function longPoll(
  call: AwsCall,
  forward: HeldCall['forward'],
  isGone: () => boolean,
): Promise<AwsAnswer> {
  const until = Date.now() + Number(call.input['WaitTimeSeconds']) * 1000;
  for (;;) {
    const answer = await forward({ ...call.input, WaitTimeSeconds: 0 });
    if (answer.status !== 200 || answer.body.includes('"Messages"') || Date.now() > until) return answer;
    await sleep(100);
    if (isGone()) return failure(400, 'RequestAbandoned', 'the client is gone');
  }
}

/** As the JSON protocols of AWS tell an error. */
export function failure(status: number, type: string, message: string): AwsAnswer {
  return { status, body: JSON.stringify({ __type: type, message }) };
}

/** The REST protocols tell the type in a header. */
function errorHeader(status: number, body: string): Record<string, string> {
  const type = status < 400 ? undefined : /"__type":\s*"([^"]+)"/.exec(body)?.[1];
  return type === undefined ? {} : { 'x-amzn-errortype': type };
}
