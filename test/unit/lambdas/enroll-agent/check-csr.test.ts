import 'reflect-metadata';
import {
  ExtensionsAttribute,
  Pkcs10CertificateRequestGenerator,
  SubjectAlternativeNameExtension,
} from '@peculiar/x509';
import type { webcrypto } from 'node:crypto';
import { expect, it } from 'vitest';
import { makeIdentity } from '#edge-agent/enroll/make-identity.ts';
import { csrProblem } from '#lambdas/enroll-agent/check-csr.ts';

const rsa = (modulusLength: number, hash = 'SHA-256') => ({
  name: 'RSASSA-PKCS1-v1_5',
  modulusLength,
  publicExponent: new Uint8Array([1, 0, 1]),
  hash,
});
const ec = (namedCurve: string, hash = 'SHA-256') => ({ name: 'ECDSA', namedCurve, hash });

async function csrOf(algorithm: object, name = 'CN=acme_hq'): Promise<string> {
  const signingAlgorithm = algorithm as webcrypto.EcdsaParams & webcrypto.EcKeyGenParams;
  const keys = await crypto.subtle.generateKey(signingAlgorithm, true, ['sign', 'verify']);
  const names = new SubjectAlternativeNameExtension([{ type: 'dns', value: 'pbx.example' }]);
  const request = await Pkcs10CertificateRequestGenerator.create({
    name,
    keys,
    signingAlgorithm,
    extensions: [names],
    attributes: [new ExtensionsAttribute([names])],
  });
  return request.toString('pem');
}

const bytesOf = (pem: string) => Buffer.from(pem.replaceAll(/-----[A-Z ]+-----|\s/g, ''), 'base64');
const pemOf = (bytes: Buffer) =>
  `-----BEGIN CERTIFICATE REQUEST-----\n${bytes.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;

it.each([
  ['EC on P-256', ec('P-256')],
  ['EC on P-256 with SHA-512', ec('P-256', 'SHA-512')],
  ['EC on P-384', ec('P-384', 'SHA-384')],
  ['RSA of 2048 bits', rsa(2048)],
  ['RSA of 4096 bits with SHA-384', rsa(4096, 'SHA-384')],
])('takes a key that is %s', async (_, algorithm) => {
  expect(csrProblem(await csrOf(algorithm))).toBeUndefined();
});

it('takes a request with a long and foreign name', async () => {
  expect(csrProblem(await csrOf(ec('P-256'), `CN=${'Zoë '.repeat(15)}, O=ACME, C=DE`))).toBeUndefined();
});

it.each([
  ['RSA of 1024 bits', rsa(1024), '1024'],
  ['EC on P-521', ec('P-521', 'SHA-512'), 'P-256'],
  ['Ed25519', { name: 'Ed25519' }, 'P-256'],
  ['RSA with SHA-1', rsa(2048, 'SHA-1'), 'SHA-256'],
])('refuses a key that is %s', async (_, algorithm, why) => {
  expect(csrProblem(await csrOf(algorithm))).toContain(why);
});

it('refuses what its own key did not sign', async () => {
  const bytes = bytesOf(await csrOf(ec('P-256')));
  const name = bytes.indexOf('acme_hq');
  bytes.write('acme_xx', name);
  expect(csrProblem(pemOf(bytes))).toContain('not signed by its own key');
});

it('refuses the key of another in a request', async () => {
  const [mine, other] = [bytesOf(await csrOf(ec('P-256'))), bytesOf(await csrOf(ec('P-256')))];
  // An uncompressed point on P-256 follows its curve's name: 03 42 00 04, then 64 bytes.
  const place = (bytes: Buffer) => bytes.indexOf(Buffer.from('03420004', 'hex')) + 4;
  other.copy(mine, place(mine), place(other), place(other) + 64);
  expect(csrProblem(pemOf(mine))).toContain('not signed by its own key');
});

it('says that it can not read what is no request, whatever it is', async () => {
  const bytes = bytesOf(await csrOf(ec('P-256')));
  const broken = [
    Buffer.alloc(0),
    Buffer.from('3000', 'hex'),
    Buffer.from('3084ffffffff', 'hex'),
    Buffer.from('3080'.repeat(2000), 'hex'),
    Buffer.concat([bytes, Buffer.from([0])]),
    bytes.subarray(0, -1),
    bytes.subarray(4),
  ];
  for (const one of broken) expect(csrProblem(pemOf(one))).toBe('csr: it can not be read.');
  expect(csrProblem('-----BEGIN CERTIFICATE REQUEST-----\n%%%\n-----END CERTIFICATE REQUEST-----')).toBe(
    'csr: it can not be read.',
  );
});

it('never throws and never takes a request in which any one byte was changed', async () => {
  const bytes = bytesOf(await csrOf(ec('P-256')));
  for (const [place, byte] of bytes.entries()) {
    const changed = Buffer.from(bytes);
    changed[place] = byte ^ 1;
    expect(csrProblem(pemOf(changed)), `byte ${place}`).toBeTypeOf('string');
  }
});

it('takes what the agent makes', async () => {
  const { csrPem } = await makeIdentity();
  expect(csrProblem(csrPem)).toBeUndefined();
});
