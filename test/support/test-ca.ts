import 'reflect-metadata';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Pkcs10CertificateRequest,
  PemConverter,
  SubjectAlternativeNameExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { createHash, type webcrypto } from 'node:crypto';
import { isIP } from 'node:net';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const dayMs = 86_400_000;

export interface IssuedCertificate {
  certificatePem: string;
  /** SHA-256 of the certificate, hexadecimal: what AWS IoT calls `certificateId`. */
  certificateId: string;
}

export interface KeyedCertificate extends IssuedCertificate {
  /** PKCS#8, PEM. */
  keyPem: string;
}

/** An authority for one test: it stands for AWS IoT's and for the one that signs AWS's servers. */
export interface TestCa {
  readonly certificatePem: string;
  /** For a server; names and addresses, default 127.0.0.1 and localhost. */
  serverCertificate(names?: readonly string[]): Promise<KeyedCertificate>;
  /** For an agent, with a key of its own. */
  clientCertificate(commonName: string): Promise<KeyedCertificate>;
  /**
   * What AWS IoT does with a CSR (PEM): a certificate for the request's key. Throws when the request's own
   * signature is wrong.
   */
  signRequest(csrPem: string, commonName?: string): Promise<IssuedCertificate>;
}

export async function createTestCa(name = 'odoopbx test CA'): Promise<TestCa> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const issuer = `CN=${name}`;
  const authority = await X509CertificateGenerator.createSelfSigned({
    name: issuer,
    keys,
    signingAlgorithm: algorithm,
    ...validity(),
    extensions: [
      new BasicConstraintsExtension(true, 1, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  });

  async function issue(
    publicKey: webcrypto.CryptoKey | X509Certificate['publicKey'],
    commonName: string,
    usage: ExtendedKeyUsage,
    names: readonly string[] = [],
  ): Promise<IssuedCertificate> {
    const certificate = await X509CertificateGenerator.create({
      issuer,
      subject: `CN=${commonName}`,
      publicKey,
      signingKey: keys.privateKey,
      signingAlgorithm: algorithm,
      ...validity(),
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([usage]),
        ...(names.length === 0
          ? []
          : [
              new SubjectAlternativeNameExtension(
                names.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value }) as const),
              ),
            ]),
      ],
    });
    return {
      certificatePem: `${certificate.toString('pem')}\n`,
      certificateId: createHash('sha256').update(new Uint8Array(certificate.rawData)).digest('hex'),
    };
  }

  async function issueWithKey(
    commonName: string,
    usage: ExtendedKeyUsage,
    names?: readonly string[],
  ): Promise<KeyedCertificate> {
    const pair = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
    const der = await crypto.subtle.exportKey('pkcs8', pair.privateKey);
    const keyPem = `${PemConverter.encode(der, 'PRIVATE KEY')}\n`;
    return { ...(await issue(pair.publicKey, commonName, usage, names)), keyPem };
  }

  return {
    certificatePem: `${authority.toString('pem')}\n`,
    serverCertificate: (names = ['127.0.0.1', 'localhost']) =>
      issueWithKey(names[0] ?? 'server', ExtendedKeyUsage.serverAuth, names),
    clientCertificate: (commonName) => issueWithKey(commonName, ExtendedKeyUsage.clientAuth),
    async signRequest(csrPem, commonName = 'AWS IoT Certificate') {
      const request = new Pkcs10CertificateRequest(csrPem);
      if (!(await request.verify())) throw new Error('the request was not signed by its own key');
      return issue(request.publicKey, commonName, ExtendedKeyUsage.clientAuth);
    },
  };
}

function validity(): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(Date.now() - dayMs), notAfter: new Date(Date.now() + 30 * dayMs) };
}
