import { OdoopbxError } from '#core/errors/odoopbx-error.ts';

export interface AddressRules {
  /** Hosts that may be uploaded to; undefined: any. */
  readonly hosts: readonly string[] | undefined;
  /** Addresses of this machine too, also without TLS: where Odoo is beside a standalone agent. */
  readonly loopback: boolean;
}

const loopbackHost = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** The address to upload to. Throws UPLOAD_REFUSED for one that the file or the token would not be safe at. */
export function uploadAddress(address: string, { hosts, loopback }: AddressRules): URL {
  const url = new URL(address);
  const shown = `${url.protocol}//${url.host}`;
  const isLoopback = loopbackHost.test(url.hostname);
  const isNamed = hosts?.some((host) => host === url.hostname || host === url.host) ?? false;
  if (isLoopback && !loopback && !isNamed) throw refuse(`${shown} is this machine itself`);
  if (url.protocol !== 'https:' && !isLoopback) {
    throw refuse(`${shown} is not https: the file would cross the network in the clear`);
  }
  if (url.username !== '' || url.password !== '') throw refuse(`${url.host} comes with a login`);
  if (hosts && !isNamed) throw refuse(`${url.host} is not in files.uploadHosts of this PBX's configuration`);
  return url;
}

function refuse(why: string): OdoopbxError {
  return new OdoopbxError('UPLOAD_REFUSED', `The upload address is refused: ${why}`);
}
