import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** What a handler threw, as the runtime reports it; or that the function ended or took too long. */
export class FunctionFailed extends Error {
  override readonly name = 'FunctionFailed';
  /** `TypeError`, `Runtime.ImportModuleError`, `Sandbox.Timedout`, … */
  readonly errorType: string;

  constructor(errorType: string, message: string) {
    super(`${errorType}: ${message}`);
    this.errorType = errorType;
  }
}

/**
 * The Lambda Runtime API for one process of one function, on 127.0.0.1: the runtime interface client asks it for
 * the next invocation and posts the result. https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
export interface RuntimeApi {
  /** For AWS_LAMBDA_RUNTIME_API. */
  readonly address: string;
  /** Resolves when the function asked for its first invocation; rejects with FunctionFailed. */
  readonly ready: Promise<void>;
  /** One at a time, in the order of the calls. Rejects with FunctionFailed. */
  invoke(event: unknown, timeoutMs: number): Promise<unknown>;
  /** The process is gone: whatever waits for it fails. */
  fail(reason: FunctionFailed): void;
  close(): Promise<void>;
}

interface Invocation {
  readonly id: string;
  readonly event: string;
  readonly timeoutMs: number;
  readonly settle: { resolve(value: unknown): void; reject(reason: FunctionFailed): void };
}

const base = '/2018-06-01/runtime';

export async function startRuntimeApi(functionArn: string): Promise<RuntimeApi> {
  const queue: Invocation[] = [];
  let running: Invocation | undefined;
  let idle: ServerResponse | undefined;
  let failed: FunctionFailed | undefined;
  const ready = Promise.withResolvers<undefined>();
  ready.promise.catch(() => {});

  function next(): void {
    if (idle === undefined || running !== undefined) return;
    running = queue.shift();
    if (running === undefined) return;
    idle.writeHead(200, {
      'content-type': 'application/json',
      'lambda-runtime-aws-request-id': running.id,
      'lambda-runtime-deadline-ms': String(Date.now() + running.timeoutMs),
      'lambda-runtime-invoked-function-arn': functionArn,
      'lambda-runtime-trace-id': 'Root=1-00000000-000000000000000000000000;Sampled=0',
    });
    idle.end(running.event);
    idle = undefined;
  }

  function fail(reason: FunctionFailed): void {
    failed = reason;
    ready.reject(reason);
    for (const invocation of [running, ...queue.splice(0)]) invocation?.settle.reject(reason);
    running = undefined;
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '';
    if (path === `${base}/invocation/next`) {
      idle = response;
      ready.resolve(undefined);
      next();
      return;
    }
    const body = await text(request);
    response.writeHead(202).end('{"status":"OK"}');
    if (path === `${base}/init/error`) fail(failureOf(body));
    else if (running !== undefined && path.startsWith(`${base}/invocation/${running.id}/`)) {
      const { settle } = running;
      running = undefined;
      if (path.endsWith('/response')) settle.resolve(body === '' ? null : (JSON.parse(body) as unknown));
      else settle.reject(failureOf(body));
    }
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) =>
      fail(new FunctionFailed('Runtime.BadResponse', String(error))),
    );
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    ready: ready.promise,
    fail,
    invoke: (event, timeoutMs) =>
      new Promise((resolve, reject) => {
        if (failed !== undefined) throw failed;
        queue.push({
          id: randomUUID(),
          event: JSON.stringify(event),
          timeoutMs,
          settle: { resolve, reject },
        });
        next();
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function failureOf(body: string): FunctionFailed {
  try {
    const { errorType, errorMessage } = JSON.parse(body) as { errorType?: string; errorMessage?: string };
    return new FunctionFailed(errorType ?? 'Error', errorMessage ?? '');
  } catch {
    return new FunctionFailed('Error', body.slice(0, 500));
  }
}
