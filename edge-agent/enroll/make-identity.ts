import 'reflect-metadata';
import { PemConverter, Pkcs10CertificateRequestGenerator } from '@peculiar/x509';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

export interface Identity {
  /** PKCS#8, PEM. It never leaves this machine. */
  keyPem: string;
  /** PKCS#10, PEM. */
  csrPem: string;
}

/** A new key pair (EC P-256) and the request to certify it. */
export async function makeIdentity(): Promise<Identity> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: 'CN=odoopbx-agent',
    keys,
    signingAlgorithm: algorithm,
  });
  const der = await crypto.subtle.exportKey('pkcs8', keys.privateKey);
  return {
    keyPem: `${PemConverter.encode(der, 'PRIVATE KEY')}\n`,
    csrPem: `${request.toString('pem')}\n`,
  };
}
