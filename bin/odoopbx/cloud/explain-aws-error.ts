import { OdoopbxError, messageOf } from '#core/errors/odoopbx-error.ts';

export interface Whereabouts {
  /** undefined: fleet.yaml was not read yet. */
  readonly region: string | undefined;
  readonly profile: string | undefined;
}

const badCredentials = new Set([
  'CredentialsProviderError',
  'TokenProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'RequestExpired',
  'InvalidClientTokenId',
  'UnrecognizedClientException',
  'InvalidAccessKeyId',
  'AuthFailure',
]);
const badSignature = new Set(['SignatureDoesNotMatch', 'InvalidSignatureException', 'IncompleteSignature']);
const denied = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'AuthorizationError',
  'ForbiddenException',
  'UnauthorizedException',
  'UnauthorizedOperation',
]);
const unreachable = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'TimeoutError',
  'NetworkingError',
]);

/** What an error of AWS means to the operator and what to do next; other errors as they are. */
export function explainAwsError(error: unknown, where: Whereabouts): unknown {
  if (!(error instanceof Error) || error instanceof OdoopbxError) return error;
  const names = [error.name, 'code' in error ? String(error.code) : ''];
  const is = (known: ReadonlySet<string>): boolean => names.some((name) => known.has(name));
  const explain = (code: OdoopbxError['code'], message: string, retryable = false) =>
    new OdoopbxError(code, message, { cause: error, retryable });
  const region = where.region ?? 'this region';
  if (is(badCredentials)) return explain('AWS_CREDENTIALS', credentialsText(error, where));
  if (is(badSignature)) {
    return explain(
      'AWS_CREDENTIALS',
      `AWS refused the signature: the secret key is wrong, or this machine's clock is`,
    );
  }
  if (is(denied)) return explain('AWS_ACCESS_DENIED', deniedText(error.message, where));
  if (is(unreachable)) {
    return explain(
      'AWS_UNREACHABLE',
      `AWS can not be reached in ${region} (${messageOf(error)}): check the network, the proxy and platform.region`,
      true,
    );
  }
  if (!('$metadata' in error)) return error;
  if (/NotFound|DoesNotExist|NonExistentQueue/.test(error.name)) {
    return explain(
      'NOT_DEPLOYED',
      `not deployed in ${region}, AWS says: ${error.message.trim()} (odoopbx deploy; or check platform.region and AWS_PROFILE)`,
    );
  }
  return explain(
    'AWS_FAILED',
    `${error.name}: ${error.message.trim()}`,
    /Throttl|TooManyRequests/.test(error.name),
  );
}

function credentialsText(error: Error, { profile }: Whereabouts): string {
  const used = profile === undefined ? '' : ` (profile ${profile})`;
  const what = /expired/i.test(`${error.name} ${error.message}`)
    ? `the AWS credentials${used} have expired`
    : error.name === 'CredentialsProviderError' || error.name === 'TokenProviderError'
      ? `there are no AWS credentials${used}`
      : `AWS does not know these credentials${used}`;
  return `${what}: run "aws sso login", set AWS_PROFILE, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY`;
}

/** IAM says `User: arn:… is not authorized to perform: sqs:SendMessage on resource: arn:… because …`. */
function deniedText(message: string, { profile }: Whereabouts): string {
  const [, action] = /perform:? (\S+?)[.,]?(?:\s|$)/.exec(message) ?? [];
  const [, resource] = /on resource:? (\S+)/.exec(message) ?? [];
  if (action === undefined) return `access denied: ${message.trim()}`;
  const used = profile === undefined ? 'your credentials' : `profile ${profile}`;
  return `access denied: ${used} may not do ${action}${resource === undefined ? '' : ` on ${resource}`}`;
}
