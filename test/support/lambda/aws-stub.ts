import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** What an operation is answered with in place of a result. */
export class AwsFault {
  readonly type: string;
  readonly status: number;
  /** Members of the error beside its message. */
  readonly details: object;
  constructor(type: string, status = 400, details: object = {}) {
    this.type = type;
    this.status = status;
    this.details = details;
  }
}

export type AwsInput = Record<string, unknown>;

export interface AwsStub {
  /** For AWS_ENDPOINT_URL. */
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * An endpoint on 127.0.0.1 for the services of AWS that speak JSON with `X-Amz-Target` (SQS, DynamoDB, Parameter
 * Store): `answer` gets `DynamoDB_20120810.GetItem` and the input, and gives the output or an AwsFault.
 */
export async function startAwsStub(
  answer: (operation: string, input: AwsInput) => object | Promise<object>,
): Promise<AwsStub> {
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const operation = String(request.headers['x-amz-target']);
    const output = await answer(operation, JSON.parse(await text(request)) as AwsInput);
    const failed = output instanceof AwsFault;
    response.writeHead(failed ? output.status : 200, { 'content-type': 'application/x-amz-json-1.0' });
    const fault = failed && { __type: output.type, message: 'as the test says', ...output.details };
    response.end(JSON.stringify(fault || output));
  }
  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
