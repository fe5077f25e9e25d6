import { type ErrorCode } from '#core/errors/error-codes.ts';
import { messageOf, OdoopbxError } from '#core/errors/odoopbx-error.ts';

/** The credentials themselves are the trouble: ended, revoked, unknown. */
const credentialFaults = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidAccessKeyId',
  'InvalidClientTokenId',
  'InvalidToken',
  'TokenRefreshRequired',
  'UnrecognizedClientException',
  // A role's sessions are revoked by a policy that denies what was issued before.
  'AccessDenied',
  'AccessDeniedException',
]);

/** AWS understood and will not, until a person changes something there. */
const refusals = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'QueueDoesNotExist',
  'ResourceNotFoundException',
]);

/** Does new credentials stand a chance? By what the SDK threw. */
export function blamesCredentials(error: unknown): boolean {
  return error instanceof Error && credentialFaults.has(error.name);
}

/** What the SDK threw, as an error of ours that is worth another try. `doing` stands before the reason. */
export function awsFault(doing: string, error: unknown): OdoopbxError {
  if (error instanceof OdoopbxError) return error;
  const name = error instanceof Error ? error.name : 'Error';
  const code: ErrorCode = refusals.has(name) ? 'CLOUD_REFUSED' : 'CLOUD_UNREACHABLE';
  const message = `${doing}: ${name}: ${messageOf(error).slice(0, 300)}`;
  return new OdoopbxError(code, message, { retryable: true, cause: error });
}
