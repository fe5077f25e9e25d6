import type { LookupAddress } from 'node:dns';
import { describe, expect, it } from 'vitest';
import { checkAddress, checkedUrl, guardedLookup } from '#odoo/address-guard.ts';
import { createHttpExchange } from '#odoo/http-exchange.ts';
import { startScriptedHttp } from '#test/support/scripted-http.ts';

const strict = { allowPrivateAddress: false, allowHttp: false };
const private_ = { allowPrivateAddress: true, allowHttp: false };
const lax = { allowPrivateAddress: true, allowHttp: true };

describe('addresses of Odoo', () => {
  it.each(['https://odoo.example.com', 'https://odoo.example.com:8443/base', 'https://93.184.216.34'])(
    'takes %s',
    (url) => {
      expect(checkedUrl(url, strict).protocol).toBe('https:');
    },
  );

  it.each([
    'http://odoo.example.com',
    'ftp://odoo.example.com',
    'odoo.example.com',
    'https://user:pw@odoo.example.com',
    'https://127.0.0.1',
    'https://2130706433',
    'https://0x7f.1',
    'https://10.1.2.3',
    'https://172.31.255.255',
    'https://192.168.0.1',
    'https://100.64.0.1',
    'https://169.254.169.254',
    'https://[::1]',
    'https://[::ffff:10.0.0.1]',
    'https://[::ffff:a9fe:a9fe]',
    'https://[fd00::1]',
    'https://[fe80::1]',
    'https://[fd00:ec2::254]',
    'https://[64:ff9b::a00:1]',
    'https://[::7f00:1]',
    'https://[::ffff:0:a00:1]',
    'https://[2002:a00:1::]',
    'https://0.0.0.0',
    'https://224.0.0.1',
  ])('refuses %s', (url) => {
    expect(() => checkedUrl(url, strict)).toThrow(expect.objectContaining({ code: 'ODOO_ADDRESS_REFUSED' }));
  });

  it('lets the operator allow private networks, but never link-local and metadata', () => {
    for (const address of ['127.0.0.1', '10.0.0.1', '192.168.1.1', 'fd12::1', '::1', '::ffff:10.0.0.1']) {
      expect(() => {
        checkAddress(address, private_);
      }).not.toThrow();
    }
    for (const address of [
      '169.254.169.254',
      '::ffff:169.254.169.254',
      'fe80::1',
      'fd00:ec2::254',
      '0.0.0.0',
    ]) {
      expect(() => {
        checkAddress(address, lax);
      }).toThrow(/link-local/);
    }
  });

  it('takes http to loopback alone, unless the operator allows it', () => {
    expect(() => checkedUrl('http://127.0.0.1:8069', private_)).not.toThrow();
    expect(() => checkedUrl('http://localhost:8069', private_)).not.toThrow();
    expect(() => checkedUrl('http://localhost:8069', strict)).toThrow(/https/);
    expect(() => checkedUrl('http://10.0.0.1', private_)).toThrow(/https/);
    expect(() => checkedUrl('http://10.0.0.1', lax)).not.toThrow();
  });

  it('does not repeat a password that stands in the URL', () => {
    expect(() => checkedUrl('https://user:topsecret@odoo.example.com', strict)).not.toThrow(/topsecret/);
  });
});

const resolveTo =
  (...addresses: string[]) =>
  (_: string, __: unknown, callback: (error: null, found: LookupAddress[]) => void): void => {
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };

const lookup = (addresses: string[], all: boolean): Promise<unknown> =>
  new Promise((resolve, reject) => {
    guardedLookup(strict, resolveTo(...addresses))('odoo.example.com', { all }, (error, found) => {
      if (error === null) resolve(found);
      else reject(error);
    });
  });

describe('the lookup of a socket', () => {
  it('passes public addresses on, in the form that was asked for', async () => {
    expect(await lookup(['93.184.216.34'], false)).toBe('93.184.216.34');
    expect(await lookup(['93.184.216.34', '2606:2800::1'], true)).toHaveLength(2);
  });

  it('refuses a name when one of its addresses is private', async () => {
    await expect(lookup(['93.184.216.34', '10.0.0.1'], true)).rejects.toMatchObject({
      code: 'ODOO_ADDRESS_REFUSED',
    });
  });

  it('fails where the name has no address', async () => {
    await expect(lookup([], true)).rejects.toThrow('has no address');
  });

  it('is what a request connects by: a harmless name does not lead to loopback', async () => {
    const server = await startScriptedHttp(() => ({ body: {} }));
    const exchange = createHttpExchange({
      url: server.url.replace('127.0.0.1', 'localhost'),
      timeoutMs: 2000,
      connectTimeoutMs: 2000,
      maxAnswerBytes: 1000,
      connections: 1,
      allowPrivateAddress: false,
      allowHttp: true,
    });
    await expect(exchange.send({ method: 'GET', path: '/' })).rejects.toMatchObject({
      code: 'ODOO_ADDRESS_REFUSED',
      retryable: false,
    });
    expect(server.connections()).toBe(0);
    await exchange.close();
    await server.close();
  });
});
