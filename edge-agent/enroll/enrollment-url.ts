import { OdoopbxError } from '#core/errors/odoopbx-error.ts';

const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/**
 * `<URL>/enroll`. The code in the request is as good as the identity that it buys: https, or http to this very
 * machine. Throws CONFIG_INVALID.
 */
export function enrollmentUrl(text: string): URL {
  const url = URL.parse(text);
  if (url === null) throw refused(`${JSON.stringify(text)} is no URL: give it as odoopbx invite printed it`);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && loopback.test(url.hostname))) {
    throw refused(`${url.origin} must begin with https://`);
  }
  if (url.username !== '' || url.password !== '') throw refused('the URL must hold no user and no password');
  const path = url.pathname.replace(/\/+$/, '');
  url.pathname = path.endsWith('/enroll') ? path : `${path}/enroll`;
  url.search = '';
  url.hash = '';
  return url;
}

function refused(message: string): OdoopbxError {
  return new OdoopbxError('CONFIG_INVALID', message);
}
