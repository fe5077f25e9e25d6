import { OdoopbxError } from '#core/errors/odoopbx-error.ts';

export interface AddressRules {
  /** Hosts that may be uploaded to; undefined: any. */
  readonly hosts: readonly string[] | undefined;
  /** The Odoo that a standalone agent works for: where it is on this machine, its port may be uploaded to, without TLS. */
  readonly odooUrl: string | undefined;
}

const loopbackHost = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** The address to upload to. Throws UPLOAD_REFUSED for one that the file or the token would not be safe at. */
export function uploadAddress(address: string, { hosts, odooUrl }: AddressRules): URL {
  const url = new URL(address);
  const shown = `${url.protocol}//${url.host}`;
  const isLoopback = isThisMachine(url);
  const isNamed = hosts?.some((host) => host === url.hostname || host === url.host) ?? false;
  // Its other servers are nobody's business: what one answers would tell the job's sender that it is there.
  if (isLoopback && !isNamed && !isOdooHere(url, odooUrl)) throw refuse(`${shown} is this machine itself`);
  if (url.protocol !== 'https:' && !isLoopback) {
    throw refuse(`${shown} is not https: the file would cross the network in the clear`);
  }
  if (url.username !== '' || url.password !== '') throw refuse(`${url.host} comes with a login`);
  if (hosts && !isNamed) throw refuse(`${url.host} is not in files.uploadHosts of this PBX's configuration`);
  return url;
}

function isThisMachine({ hostname }: URL): boolean {
  return loopbackHost.test(hostname);
}

function isOdooHere(url: URL, odooUrl: string | undefined): boolean {
  if (odooUrl === undefined) return false;
  const odoo = new URL(odooUrl);
  return isThisMachine(odoo) && odoo.port === url.port && odoo.protocol === url.protocol;
}

function refuse(why: string): OdoopbxError {
  return new OdoopbxError('UPLOAD_REFUSED', `The upload address is refused: ${why}`);
}
