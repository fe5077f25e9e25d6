import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { TestCa } from './test-ca.ts';

export interface IssuedCredentials {
  thing: string;
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
  /** Unix milliseconds, by the endpoint's clock. */
  expiresAt: number;
}

export interface CredentialEndpointOptions {
  ca: TestCa;
  roleAlias: string;
  /** How long credentials live; AWS gives 900 s at least. */
  lifeMs?: number;
  /** The endpoint's clock. */
  now?: () => number;
  /** The keys to hand out; default: made up. */
  issue?: (thing: string) => Promise<Omit<IssuedCredentials, 'thing' | 'expiresAt'>>;
}

/** AWS IoT's credential provider over mTLS, as its documentation and awslabs' trials describe it. */
export interface CredentialEndpoint {
  /** `127.0.0.1:port`. */
  readonly address: string;
  readonly issued: readonly IssuedCredentials[];
  /** Requests that came through, refused ones included. */
  requests: number;
  /** Of the credentials to come. */
  lifeMs: number;
  /** Answers instead of the true one, as long as it is set. */
  override: ((response: ServerResponse) => void) | undefined;
  /** Attaches the certificate (its certificateId) to the thing. */
  attach(certificateId: string, thing: string): void;
  /** Deactivates it. */
  revoke(certificateId: string): void;
  /** Ends all that were handed out, as when the role's sessions are revoked. */
  expireAll(): void;
  /** Whether AWS would accept these now. */
  accepts(accessKeyId: string, sessionToken: string): boolean;
  stop(): Promise<void>;
}

export async function startCredentialEndpoint(
  options: CredentialEndpointOptions,
): Promise<CredentialEndpoint> {
  const { ca, roleAlias, lifeMs = 3_600_000, now = () => Date.now(), issue = makeUp } = options;
  const things = new Map<string, string>();
  const issued: IssuedCredentials[] = [];
  const own = await ca.serverCertificate();
  const server = createServer(
    {
      cert: own.certificatePem,
      key: own.keyPem,
      ca: ca.certificatePem,
      requestCert: true,
      // AWS answers 403; Node would merely hang up.
      rejectUnauthorized: false,
    },
    (request, response) => {
      endpoint.requests += 1;
      response.setHeader('date', new Date(now()).toUTCString());
      if (endpoint.override) return endpoint.override(response);
      answer(request, response).catch(() => response.destroy());
    },
  );

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const shown = (request.socket as TLSSocket).getPeerCertificate();
    const { raw } = shown as Partial<typeof shown>;
    const thing = raw && things.get(createHash('sha256').update(raw).digest('hex'));
    const asked = request.headers['x-amzn-iot-thingname'];
    if (thing === undefined)
      return send(response, 403, { message: 'Certificate is invalid on this endpoint' });
    if (asked !== thing) return send(response, 403, { message: 'Invalid thing name passed' });
    if (request.url !== `/role-aliases/${roleAlias}/credentials`) {
      return send(response, 404, { message: 'Role alias does not exist' });
    }
    const credentials = { thing, ...(await issue(thing)), expiresAt: now() + endpoint.lifeMs };
    issued.push(credentials);
    const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = credentials;
    const expiration = new Date(expiresAt).toISOString().replace(/\.\d+/, '');
    send(response, 200, { credentials: { accessKeyId, secretAccessKey, sessionToken, expiration } });
  }

  server.listen(0, '127.0.0.1');
  await new Promise<void>((resolve) => server.once('listening', () => resolve()));
  const { port } = server.address() as AddressInfo;
  const endpoint: CredentialEndpoint = {
    address: `127.0.0.1:${port}`,
    issued,
    requests: 0,
    lifeMs,
    override: undefined,
    attach: (certificateId, thing) => void things.set(certificateId, thing),
    revoke: (certificateId) => void things.delete(certificateId),
    expireAll() {
      for (const one of issued) one.expiresAt = 0;
    },
    accepts: (accessKeyId, sessionToken) =>
      issued.some(
        (one) =>
          one.accessKeyId === accessKeyId && one.sessionToken === sessionToken && one.expiresAt > now(),
      ),
    async stop() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
  return endpoint;
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function makeUp() {
  const random = randomBytes(8).toString('hex').toUpperCase();
  return {
    accessKeyId: `ASIA${random}`,
    secretAccessKey: `secret-${random}`,
    sessionToken: `token-${random}`,
  };
}
