import { createHash } from 'node:crypto';
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import type { AmiAction, AmiReply } from '#core/ports/ami.ts';
import type { AmiCredentials } from './client-options.ts';
import { headerOf } from './headers.ts';

/**
 * Logs in with the MD5 challenge, so that the secret does not cross the wire; in plain where the challenge is
 * refused. `eventMask` goes along (`off`, `on`, or classes): set later, it would miss the first events.
 * Rejects AMI_LOGIN_REFUSED, or as `send`.
 */
export async function login(
  send: (action: AmiAction) => Promise<AmiReply[]>,
  { username, secret }: AmiCredentials,
  eventMask: string,
): Promise<void> {
  const [challenge] = await send({ Action: 'Challenge', AuthType: 'MD5' });
  const nonce = challenge === undefined ? '' : headerOf(challenge, 'Challenge');
  const base = { Action: 'Login', Username: username, Events: eventMask };
  const proof = nonce === '' ? { Secret: secret } : { AuthType: 'MD5', Key: md5(`${nonce}${secret}`) };
  const [response] = await send({ ...base, ...proof });
  if (response !== undefined && headerOf(response, 'Response') === 'Success') return;
  const why = response === undefined ? 'no answer' : headerOf(response, 'Message') || 'no reason given';
  throw new OdoopbxError('AMI_LOGIN_REFUSED', `Asterisk refused the login of ${username}: ${why}`);
}

/** Lower-case hex: Asterisk compares the text. */
function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
