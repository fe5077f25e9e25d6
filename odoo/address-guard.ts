import { lookup as dnsLookup } from 'node:dns';
import type { LookupAddress, LookupOptions } from 'node:dns';
import { BlockList, isIP } from 'node:net';
import type { LookupFunction } from 'node:net';
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';

/**
 * Odoo's address is a tenant's input: without a guard it could name the cloud's metadata service, a neighbour in
 * the VPC or the runtime's own loopback. Names are checked where the socket connects, by a lookup of our own, so
 * that a name which resolves differently a moment later (DNS rebinding) is no way around.
 */
export interface AddressPolicy {
  /** Loopback and private networks too: standalone, or an Odoo in the operator's own VPC. */
  readonly allowPrivateAddress: boolean;
  /** Plain http to other hosts than loopback. */
  readonly allowHttp: boolean;
}

type Resolve = (
  hostname: string,
  options: LookupOptions & { all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

const loopback = once(() => ranges(['127.0.0.0/8'], ['::1/128']));
const privateRanges = once(() =>
  ranges(
    ['10.0.0.0/8', '100.64.0.0/10', '172.16.0.0/12', '192.168.0.0/16'],
    // ::/96 holds IPv4 addresses in a form that nobody uses but to get around a guard; and ::1.
    ['fc00::/7', '::/96'],
  ),
);
/** No Odoo lives there, whoever allows it: link-local with the metadata services, multicast, tunnels, tests. */
const neverRanges = once(() =>
  ranges(
    [
      '0.0.0.0/8',
      '169.254.0.0/16',
      '192.0.0.0/24',
      '192.0.2.0/24',
      '192.88.99.0/24',
      '198.18.0.0/15',
      '198.51.100.0/24',
      '203.0.113.0/24',
      '224.0.0.0/4',
      '240.0.0.0/4',
    ],
    [
      '::/128',
      '::ffff:0:0:0/96',
      '64:ff9b::/96',
      '64:ff9b:1::/48',
      '100::/64',
      '2001::/23',
      '2001:db8::/32',
      '2002::/16',
      'fd00:ec2::/32',
      'fe80::/10',
      'fec0::/10',
      'ff00::/8',
    ],
  ),
);

/** Checks scheme, and the host where it is a literal address. Throws ODOO_ADDRESS_REFUSED. */
export function checkedUrl(text: string, policy: AddressPolicy): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) throw refused('the address of Odoo is not a URL');
  if (url.username !== '' || url.password !== '') {
    throw refused('the address of Odoo must not hold a user or a password');
  }
  // The URL parser has made 0x7f.1 or 2130706433 a dotted quad by now.
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0) checkAddress(host, policy);
  if (url.protocol === 'http:') {
    const local = host === 'localhost' || (isIP(host) !== 0 && within(loopback, host));
    if (!policy.allowHttp && !(local && policy.allowPrivateAddress)) {
      throw refused(`Odoo at ${url.host} must be reached by https, not http`);
    }
  } else if (url.protocol !== 'https:') {
    throw refused(`the address of Odoo must be an https URL, not ${url.protocol}`);
  }
  return url;
}

/** A `lookup` for sockets that refuses a name as soon as one of its addresses is not allowed. */
export function guardedLookup(policy: AddressPolicy, resolve: Resolve = dnsLookup): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      const first = addresses?.[0];
      if (error !== null || first === undefined) {
        callback(error ?? new Error(`${hostname} has no address`), []);
        return;
      }
      try {
        for (const { address } of addresses) checkAddress(address, policy);
      } catch (refusal) {
        callback(refusal as NodeJS.ErrnoException, []);
        return;
      }
      if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

/** Throws ODOO_ADDRESS_REFUSED unless the policy lets a socket connect to this IP address. */
export function checkAddress(address: string, policy: AddressPolicy): void {
  if (within(neverRanges, address)) {
    throw refused(`Odoo's address ${address} is link-local, reserved or multicast`);
  }
  if (!policy.allowPrivateAddress && (within(loopback, address) || within(privateRanges, address))) {
    throw refused(`Odoo's address ${address} is in a private network, which the operator has not allowed`);
  }
}

function within(list: () => BlockList, address: string): boolean {
  // BlockList looks through IPv4-mapped IPv6 addresses by itself.
  return list().check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/** Made when it is first asked: no part of a function's cold start. */
function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

function ranges(v4: readonly string[], v6: readonly string[]): BlockList {
  const list = new BlockList();
  const add = (range: string, family: 'ipv4' | 'ipv6'): void => {
    const [network = '', prefix] = range.split('/');
    list.addSubnet(network, Number(prefix), family);
  };
  for (const range of v4) add(range, 'ipv4');
  for (const range of v6) add(range, 'ipv6');
  return list;
}

function refused(message: string): OdoopbxError {
  return new OdoopbxError('ODOO_ADDRESS_REFUSED', message);
}
