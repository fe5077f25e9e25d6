import {
  DescribeCertificateCommand,
  DescribeRoleAliasCommand,
  GetPolicyCommand,
  IoTClient,
  ListAttachedPoliciesCommand,
  ListThingPrincipalsCommand,
} from '@aws-sdk/client-iot';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { TestCa } from '#test/support/test-ca.ts';
import type { AwsGate, Principal } from './aws-gate.ts';
import { emulatorClient, statementsOfRole } from './emulator-calls.ts';
import { isAllowed, type Statement } from './iam-policy.ts';

export interface CredentialServerOptions {
  readonly emulatorUrl: string;
  readonly region: string;
  readonly ca: TestCa;
  readonly gate: AwsGate;
  /** The id by which the control plane knows a client's certificate (DER). */
  certificateIdOf(der: Buffer): string | undefined;
}

/**
 * AWS IoT's credential provider: https://docs.aws.amazon.com/iot/latest/developerguide/authorizing-direct-aws.html
 * A client certificate that the control plane knows, that is active and attached to the thing in the header, and
 * whose policy allows the role alias, gets credentials of the alias's role; the gate enforces that role's policies.
 */
export interface CredentialServer {
  /** Host and port. */
  readonly endpoint: string;
  /** Overrides the lifetime that the role alias says; 15 min is AWS's least. */
  lifetimeSeconds: number | undefined;
  /** Every answer so far: the thing that asked, and the status. */
  readonly answers: { thing: string; status: number }[];
  /** Who got credentials, newest last: a test may let them expire before their time. */
  readonly issued: { thing: string; principal: Principal }[];
  stop(): Promise<void>;
}

class Denied extends Error {}

export async function startCredentialServer(options: CredentialServerOptions): Promise<CredentialServer> {
  const { emulatorUrl, region, ca, gate, certificateIdOf } = options;
  const iot = new IoTClient(emulatorClient(emulatorUrl, region));
  const sts = new STSClient(emulatorClient(emulatorUrl, region));

  async function credentialsFor(alias: string, thing: string, der: Buffer) {
    const certificateId = certificateIdOf(der);
    if (certificateId === undefined) throw new Denied('the certificate is not known');
    const { certificateDescription } = await iot.send(new DescribeCertificateCommand({ certificateId }));
    if (certificateDescription?.status !== 'ACTIVE') throw new Denied('the certificate is not active');
    const certificateArn = certificateDescription.certificateArn ?? '';
    const { principals = [] } = await iot.send(new ListThingPrincipalsCommand({ thingName: thing }));
    if (!principals.includes(certificateArn)) throw new Denied('the certificate is not the thing’s');
    const { roleAliasDescription } = await iot.send(new DescribeRoleAliasCommand({ roleAlias: alias }));
    const { roleArn = '', roleAliasArn = '', credentialDurationSeconds = 3600 } = roleAliasDescription ?? {};
    const mayAssume = isAllowed(await policiesOf(certificateArn), {
      action: 'iot:AssumeRoleWithCertificate',
      resource: roleAliasArn,
      context: {},
    });
    if (!mayAssume) throw new Denied('the policy of the certificate does not allow the role alias');
    const lifetime = server.lifetimeSeconds ?? credentialDurationSeconds;
    const assumed = await sts.send(
      new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: certificateId.slice(0, 32) }),
    );
    const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = assumed.Credentials ?? {};
    const principal: Principal = {
      name: `the agent ${thing}`,
      statements: await statementsOfRole(emulatorUrl, roleArn.split('/').at(-1) ?? ''),
      variables: { 'credentials-iot:ThingName': thing },
      expiresAt: Date.now() + lifetime * 1000,
    };
    gate.admit(AccessKeyId, principal);
    server.issued.push({ thing, principal });
    const expiration = new Date(principal.expiresAt).toISOString();
    const keys = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
    return { credentials: { ...keys, expiration } };
  }

  async function policiesOf(target: string): Promise<Statement[]> {
    const { policies = [] } = await iot.send(new ListAttachedPoliciesCommand({ target }));
    const documents = await Promise.all(
      policies.map(async ({ policyName }) => {
        const { policyDocument = '' } = await iot.send(new GetPolicyCommand({ policyName }));
        return JSON.parse(policyDocument) as { Statement: Statement | Statement[] };
      }),
    );
    return documents.flatMap(({ Statement }) => Statement);
  }

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const alias = /^\/role-aliases\/([^/]+)\/credentials$/.exec(request.url ?? '')?.[1];
    const header = request.headers['x-amzn-iot-thingname'];
    const thing = typeof header === 'string' ? header : '';
    const { raw } = (request.socket as TLSSocket).getPeerCertificate();
    let status = 200;
    let body: object;
    try {
      if (alias === undefined) throw new Denied('no such path');
      body = await credentialsFor(alias, thing, raw);
    } catch (error) {
      // AWS does not tell why.
      status = error instanceof Denied ? 403 : 500;
      body = { message: error instanceof Denied ? 'Access Denied' : String(error) };
    }
    server.answers.push({ thing, status });
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }

  const own = await ca.serverCertificate();
  const https = createServer(
    {
      key: own.keyPem,
      cert: own.certificatePem,
      ca: ca.certificatePem,
      requestCert: true,
      rejectUnauthorized: true,
    },
    (request, response) => void respond(request, response),
  );
  await new Promise<void>((resolve) => {
    https.listen(0, '127.0.0.1', resolve);
  });
  const server: CredentialServer = {
    endpoint: `127.0.0.1:${(https.address() as AddressInfo).port}`,
    lifetimeSeconds: undefined,
    answers: [],
    issued: [],
    stop: () =>
      new Promise((resolve) => {
        https.close(() => resolve());
        https.closeAllConnections();
      }),
  };
  return server;
}
