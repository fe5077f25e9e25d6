import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import { derTag, insideSequence, readDer } from './der.ts';

const curves = new Set(['prime256v1', 'secp384r1']);
const rsaBits = { least: 2048, most: 4096 };

/** Object ids of the signatures that AWS IoT takes, in hexadecimal, with the hash of each. */
const signatureHashes: ReadonlyMap<string, { hash: string; key: 'ec' | 'rsa' }> = new Map([
  ['2a8648ce3d040302', { hash: 'sha256', key: 'ec' }],
  ['2a8648ce3d040303', { hash: 'sha384', key: 'ec' }],
  ['2a8648ce3d040304', { hash: 'sha512', key: 'ec' }],
  ['2a864886f70d01010b', { hash: 'sha256', key: 'rsa' }],
  ['2a864886f70d01010c', { hash: 'sha384', key: 'rsa' }],
  ['2a864886f70d01010d', { hash: 'sha512', key: 'rsa' }],
]);

/**
 * What is wrong with a certificate signing request (PKCS#10, RFC 2986, as PEM), for a person; undefined: nothing.
 * Its key must be EC on P-256 or P-384, or RSA of 2048 to 4096 bits, and must have signed it. The name in it does
 * not matter: AWS IoT keeps it, what counts is the thing that the certificate is attached to.
 */
export function csrProblem(pem: string): string | undefined {
  let request: ReturnType<typeof readRequest>;
  try {
    request = readRequest(pem);
  } catch {
    return 'csr: it can not be read.';
  }
  const { key, algorithm, signed, signature } = request;
  const keyProblem = keyProblemOf(key);
  if (keyProblem !== undefined) return keyProblem;
  const known = signatureHashes.get(algorithm);
  if (known === undefined || known.key !== key.asymmetricKeyType) {
    return 'csr: it is not signed with ECDSA or RSA and SHA-256, SHA-384 or SHA-512.';
  }
  return isSigned(known.hash, signed, key, signature) ? undefined : 'csr: it is not signed by its own key.';
}

function readRequest(pem: string) {
  const base64 = pem.replace(/-----(BEGIN|END) CERTIFICATE REQUEST-----/g, '').replaceAll(/\s/g, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) throw new RangeError('not base64');
  const [whole, ...rest] = readDer(Buffer.from(base64, 'base64'));
  const [info, algorithm, signature] = insideSequence(whole);
  const [, , publicKey] = insideSequence(info);
  const [objectId] = insideSequence(algorithm);
  if (rest.length > 0 || signature?.tag !== derTag.bitString || objectId?.tag !== derTag.objectId) {
    throw new RangeError('no request');
  }
  // The first byte counts the bits that are left over in the last one.
  if (signature.content.readUInt8() !== 0) throw new RangeError('not whole bytes');
  if (info === undefined || publicKey === undefined) throw new RangeError('no request');
  return {
    key: createPublicKey({ key: publicKey.raw, format: 'der', type: 'spki' }),
    algorithm: objectId.content.toString('hex'),
    signed: info.raw,
    signature: signature.content.subarray(1),
  };
}

function keyProblemOf(key: KeyObject): string | undefined {
  const { namedCurve = '', modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === 'ec' && curves.has(namedCurve)) return undefined;
  if (key.asymmetricKeyType === 'rsa') {
    if (modulusLength >= rsaBits.least && modulusLength <= rsaBits.most) return undefined;
    return `csr: an RSA key has ${rsaBits.least} to ${rsaBits.most} bits, this one has ${modulusLength}.`;
  }
  return 'csr: its key is neither EC on P-256 or P-384 nor RSA.';
}

function isSigned(hash: string, signed: Buffer, key: KeyObject, signature: Buffer): boolean {
  try {
    return verify(hash, signed, key, signature);
  } catch {
    return false;
  }
}
