import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type EnrollmentRequest, enrollmentRequestSchema } from '#core/contracts/enrollment.ts';
import type { TestCa } from './test-ca.ts';

export interface EnrollServer {
  /** https. */
  readonly url: string;
  readonly requests: EnrollmentRequest[];
  /** In place of the usual answer; undefined for that. */
  script: (request: EnrollmentRequest, response: ServerResponse) => boolean | Promise<boolean>;
  stop(): Promise<void>;
}

/** Stands for the platform's `POST /enroll`: certifies any CSR for `pbx`. */
export async function startEnrollServer(ca: TestCa, pbx = 'acme_hq'): Promise<EnrollServer> {
  const { certificatePem, keyPem } = await ca.serverCertificate();
  const server: Server = createServer({ cert: certificatePem, key: keyPem }, (request, response) => {
    void answer(request, response);
  });

  async function answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = enrollmentRequestSchema.parse(JSON.parse(await text(message)));
    self.requests.push(request);
    if (await self.script(request, response)) return;
    const issued = await ca.signRequest(request.csr);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ pbx, ...issued, cloud: cloudAddress(pbx) }));
  }

  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const self: EnrollServer = {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: [],
    script: () => false,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return self;
}

export function cloudAddress(pbx: string) {
  return {
    region: 'eu-central-1',
    bus: 'odoopbx',
    queueUrl: `https://sqs.eu-central-1.amazonaws.com/111122223333/odoopbx-jobs-${pbx}`,
    credentialsEndpoint: 'c0ffee.credentials.iot.eu-central-1.amazonaws.com',
    roleAlias: 'odoopbx-agent',
  };
}

/** A code as `odoopbx invite` prints one. */
export const someCode = 'K7Q2M-ZX4RT-9BCDE-FGHJK-MNPQR-S';
