import { Agent as HttpAgent, request as requestHttp, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { getCACertificates } from 'node:tls';
import {
  type EnrollmentAnswer,
  type EnrollmentRequest,
  enrollmentAnswerSchema,
} from '#core/contracts/enrollment.ts';
import { OdoopbxError, messageOf } from '#core/errors/odoopbx-error.ts';

export interface PostOptions {
  /** `HTTPS_PROXY` and `NO_PROXY`, as Node reads them. */
  proxyEnv: Readonly<Record<string, string | undefined>>;
  /** PEM of authorities that are trusted besides the usual ones. */
  ca?: string;
  /** For the whole exchange. Default 30,000. */
  timeoutMs?: number;
}

const maxAnswerBytes = 64 * 1024;
const unknownOutcome =
  'The code may be used up: try once more, and ask for a new invitation if it is refused then';

/**
 * `POST <url>`: the code and the CSR for a certificate. Rejects ENROLL_UNREACHABLE, ENROLL_REFUSED,
 * ENROLL_BAD_ANSWER; the message says what became of the code.
 */
export async function postEnrollment(
  url: URL,
  request: EnrollmentRequest,
  options: PostOptions,
): Promise<EnrollmentAnswer> {
  const { status, body } = await exchange(url, JSON.stringify(request), options);
  if (status !== 200) throw refusal(status, body);
  try {
    return enrollmentAnswerSchema.parse(JSON.parse(body));
  } catch (error) {
    const message = `${url.origin} answered, but not as an OdooPBX platform does. ${unknownOutcome}`;
    throw new OdoopbxError('ENROLL_BAD_ANSWER', message, { cause: error });
  }
}

function exchange(url: URL, body: string, options: PostOptions): Promise<{ status: number; body: string }> {
  const { proxyEnv, ca, timeoutMs = 30_000 } = options;
  const secure = url.protocol === 'https:';
  const trusted = ca === undefined ? {} : { ca: [...getCACertificates('default'), ca] };
  // http goes to this machine alone, where no proxy is in between.
  const agent = secure ? new HttpsAgent({ proxyEnv: { ...proxyEnv }, ...trusted }) : new HttpAgent();
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  const signal = AbortSignal.timeout(timeoutMs);
  return new Promise((resolve, reject) => {
    let sent = false;
    const fail = (error: unknown): void => {
      const why = signal.aborted ? `no answer within ${timeoutMs / 1000} s` : messageOf(error);
      const fate = sent ? unknownOutcome : 'The code was not used: it can be tried again';
      const message = `${url.origin} can not be reached: ${why}. ${fate}`;
      reject(new OdoopbxError('ENROLL_UNREACHABLE', message, { retryable: true, cause: error }));
    };
    const request = (secure ? requestHttps : requestHttp)(url, { method: 'POST', agent, headers, signal });
    request.on('response', (answer) => {
      readAnswer(answer).then((text) => resolve({ status: answer.statusCode ?? 0, body: text }), fail);
    });
    request.on('error', fail);
    request.on('finish', () => (sent = true));
    request.end(body);
  });
}

async function readAnswer(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxAnswerBytes) throw new Error('the answer is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function refusal(status: number, body: string): OdoopbxError {
  const said = plainText(body) || `HTTP status ${status}`;
  if (status >= 500) {
    const message = `The platform could not do it (${status}): ${said}. ${unknownOutcome}`;
    return new OdoopbxError('ENROLL_UNREACHABLE', message, { retryable: true });
  }
  if (status === 429) {
    const message = `Too many attempts: ${said}. The code was not used: wait some minutes and try again`;
    return new OdoopbxError('ENROLL_REFUSED', message, { retryable: true });
  }
  if (status === 409) {
    // It says itself what to do: deploy, or wait a minute.
    return new OdoopbxError('ENROLL_REFUSED', `Not now: ${said}. The code was not used`, { retryable: true });
  }
  const hint =
    status >= 300 && status < 400
      ? 'Redirects are not followed: give the URL as odoopbx invite printed it'
      : 'A code works once and for a short time: ask for a new invitation (odoopbx invite)';
  return new OdoopbxError('ENROLL_REFUSED', `The platform refused: ${said}. ${hint}`);
}

/** What a server said, safe for a terminal. */
function plainText(body: string): string {
  // oxlint-disable-next-line no-control-regex -- a terminal obeys them
  const text = body.replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').trim();
  return text.startsWith('<') ? '' : text.slice(0, 300).replace(/\.$/, '');
}
