import type { Agent } from 'node:https';
import { request as requestHttps } from 'node:https';
import type { IncomingMessage } from 'node:http';
import * as z from 'zod';
import { messageOf, OdoopbxError } from '#core/errors/odoopbx-error.ts';

/*
 * AWS IoT's credential provider: a certificate for short-lived STS credentials.
 * https://docs.aws.amazon.com/iot/latest/developerguide/authorizing-direct-aws.html
 * Its refusals, as tried by awslabs: 403 "Invalid thing name passed", "Access Denied", "Certificate is invalid on
 * this endpoint"; 404 "Role alias does not exist"; 400 "Unable to assume the role …".
 * https://awslabs.github.io/aws-iot-core-credential-provider-session-helper/dev_notes.html
 */

export interface CredentialRequest {
  /** Host, and port if need be, of the account's `iot:CredentialProvider`. */
  endpoint: string;
  roleAlias: string;
  thingName: string;
  /** Shows the certificate. */
  agent: Agent;
  userAgent: string;
  /** For the whole exchange. */
  timeoutMs: number;
  signal: AbortSignal;
}

export interface StsCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
  expiration: Date;
}

export interface CredentialAnswer {
  credentials: StsCredentials;
  /** The `Date` header: AWS's clock. */
  date: string | undefined;
}

const maxAnswerBytes = 64 * 1024;

const answerSchema = z.object({
  credentials: z.object({
    accessKeyId: z.string().min(16).max(128),
    secretAccessKey: z.string().min(1).max(1024),
    sessionToken: z.string().min(1).max(32_768),
    expiration: z.iso.datetime({ offset: true }).transform((text) => new Date(text)),
  }),
});
const refusalSchema = z.object({ message: z.string() });

/** Rejects CLOUD_UNREACHABLE, CLOUD_IDENTITY_REFUSED and CLOUD_REFUSED, all of them retryable. */
export async function requestCredentials(options: CredentialRequest): Promise<CredentialAnswer> {
  const { status, date, body } = await exchange(options);
  if (status !== 200) throw refusal(status, body);
  const parsed = answerSchema.safeParse(parseJson(body));
  if (parsed.success) return { ...parsed.data, date };
  // The parser's own words may hold what it read.
  throw unreachable("what answers is not AWS IoT's credential provider: a portal, or a proxy in its place");
}

interface Answer {
  status: number;
  date: string | undefined;
  body: string;
}

async function exchange(options: CredentialRequest): Promise<Answer> {
  const { endpoint, roleAlias, thingName, agent, userAgent, timeoutMs } = options;
  const timeout = AbortSignal.timeout(timeoutMs);
  const url = `https://${endpoint}/role-aliases/${encodeURIComponent(roleAlias)}/credentials`;
  const headers = { 'x-amzn-iot-thingname': thingName, 'user-agent': userAgent, accept: 'application/json' };
  try {
    return await new Promise<Answer>((resolve, reject) => {
      const signal = AbortSignal.any([timeout, options.signal]);
      const request = requestHttps(url, { agent, headers, signal }, (answer) => {
        readText(answer).then(
          (body) => resolve({ status: answer.statusCode ?? 0, date: answer.headers.date, body }),
          reject,
        );
      });
      request.on('error', reject);
      request.end();
    });
  } catch (error) {
    if (timeout.aborted) throw unreachable(`${endpoint}: no answer within ${timeoutMs / 1000} s`, error);
    throw connectionFault(endpoint, error);
  }
}

async function readText(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxAnswerBytes) throw new Error('the answer is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/**
 * TLS alerts (RFC 8446, 6.2) by which a server refuses the certificate before it reads a request. OpenSSL tells the
 * number in the message alone, whichever the TLS version.
 */
const certificateAlerts: Readonly<Record<string, string>> = {
  42: 'bad certificate',
  43: 'unsupported certificate',
  44: 'certificate revoked',
  45: 'certificate expired',
  46: 'certificate unknown',
  48: 'unknown authority',
  49: 'access denied',
  116: 'certificate required',
};

function connectionFault(endpoint: string, error: unknown): OdoopbxError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const alert = certificateAlerts[/SSL alert number (\d+)/.exec(messageOf(error))?.[1] ?? ''];
  if (alert !== undefined) {
    return identityRefused(`${endpoint} does not accept this PBX's certificate: ${alert}`, error);
  }
  const clock = /^CERT_(NOT_YET_VALID|HAS_EXPIRED)$/.test(code) ? "; is the PBX's clock right?" : '';
  return unreachable(`${endpoint}: ${messageOf(error)}${clock}`, error);
}

function refusal(status: number, body: string): OdoopbxError {
  const parsed = refusalSchema.safeParse(parseJson(body));
  const said = `${status}${parsed.success ? ` ${parsed.data.message.slice(0, 200)}` : ''}`;
  if (status === 401 || status === 403) {
    return identityRefused(`AWS IoT refuses this PBX's certificate: ${said}`);
  }
  if ((status === 400 || status === 404) && parsed.success) {
    return new OdoopbxError('CLOUD_REFUSED', `AWS IoT gives no credentials: ${said}`, { retryable: true });
  }
  return unreachable(`AWS IoT's credential provider answered ${said}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function identityRefused(message: string, cause?: unknown): OdoopbxError {
  return new OdoopbxError('CLOUD_IDENTITY_REFUSED', message, { retryable: true, cause });
}

function unreachable(message: string, cause?: unknown): OdoopbxError {
  return new OdoopbxError('CLOUD_UNREACHABLE', message, { retryable: true, cause });
}
