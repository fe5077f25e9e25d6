import { GetParameterCommand, ParameterNotFound, type SSMClient } from '@aws-sdk/client-ssm';
import { OdoopbxError, messageOf } from '#core/errors/odoopbx-error.ts';

export interface OdooSecretOptions {
  readonly client: SSMClient;
  /** Name of the SecureString. */
  readonly name: string;
  /** Unix milliseconds. */
  readonly now: () => number;
}

const keepMs = 300_000;
/** A refresh within this time gets what the last one read: many calls may fail on one old secret. */
const refreshMs = 5000;

/**
 * A secret in Parameter Store as odoo/credentials.ts wants it: kept for 5 minutes, read anew when Odoo refused it.
 * Rejects SECRET_UNREADABLE (retryable: the operator may be about to set it), which names the parameter and never
 * its value. While Parameter Store can not be reached, a secret that was read before goes on.
 */
export function createOdooSecret({
  client,
  name,
  now,
}: OdooSecretOptions): (options: { refresh: boolean }) => Promise<string> {
  let kept: { value: string; at: number } | undefined;
  let reading: Promise<string> | undefined;

  async function read(): Promise<string> {
    try {
      const { Parameter } = await client.send(new GetParameterCommand({ Name: name, WithDecryption: true }));
      const value = Parameter?.Value ?? '';
      if (value === '') throw unreadable(`the parameter ${name} is empty`);
      kept = { value, at: now() };
      return value;
    } catch (error) {
      if (error instanceof OdoopbxError) throw error;
      if (error instanceof ParameterNotFound) {
        throw unreadable(`there is no parameter ${name}: "odoopbx secret set" makes it`, error);
      }
      throw unreadable(`the parameter ${name} can not be read: ${messageOf(error)}`, error);
    } finally {
      reading = undefined;
    }
  }

  return async ({ refresh }) => {
    const age = kept === undefined ? Infinity : now() - kept.at;
    if (kept !== undefined && age < (refresh ? refreshMs : keepMs)) return kept.value;
    reading ??= read();
    try {
      return await reading;
    } catch (error) {
      const cause = error instanceof Error ? error.cause : undefined;
      const isGone = cause === undefined || cause instanceof ParameterNotFound;
      if (kept === undefined || refresh || isGone) throw error;
      return kept.value;
    }
  };
}

function unreadable(message: string, cause?: unknown): OdoopbxError {
  return new OdoopbxError('SECRET_UNREADABLE', message, { retryable: true, cause });
}
