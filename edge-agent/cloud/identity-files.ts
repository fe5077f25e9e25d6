import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { messageOf } from '#core/errors/odoopbx-error.ts';
import type { Logger } from '#core/ports/logger.ts';

/** Who this PBX is: PEM. Never log it. */
export interface Identity {
  readonly certificate: string;
  readonly key: string;
}

export interface IdentitySource {
  /** The same object until another identity is there. */
  current(): Identity;
}

export interface IdentityOptions extends Identity {
  /** Where the two came from, if from files. */
  readonly certificatePath?: string | undefined;
  readonly keyPath?: string | undefined;
}

/**
 * The identity, read again when one of its files has changed: a PBX that is enrolled anew needs no restart. Files
 * that do not fit together (yet) are left alone, and the identity stays what it was.
 */
export function createIdentitySource(options: IdentityOptions, logger: Logger): IdentitySource {
  const { certificatePath, keyPath } = options;
  let identity: Identity = { certificate: options.certificate, key: options.key };
  let seen = stampOf(certificatePath, keyPath);
  let complained = '';

  function readAgain(stamp: string): void {
    const next = {
      certificate:
        certificatePath === undefined ? identity.certificate : readFileSync(certificatePath, 'utf8'),
      key: keyPath === undefined ? identity.key : readFileSync(keyPath, 'utf8'),
    };
    if (!new X509Certificate(next.certificate).checkPrivateKey(createPrivateKey(next.key))) {
      throw new Error('the key does not belong to the certificate');
    }
    seen = stamp;
    if (next.certificate === identity.certificate && next.key === identity.key) return;
    identity = next;
    logger.info('certificate read again', { path: certificatePath });
  }

  return {
    current() {
      const stamp = stampOf(certificatePath, keyPath);
      if (stamp === seen) return identity;
      try {
        readAgain(stamp);
      } catch (error) {
        // Of OpenSSL's and fs' messages none holds what was read.
        if (complained !== stamp) logger.warn('certificate not read again', { error: messageOf(error) });
        complained = stamp;
      }
      return identity;
    },
  };
}

/** Changes when one of the files does, or comes and goes. */
function stampOf(...paths: readonly (string | undefined)[]): string {
  return paths.map((path) => (path === undefined ? '' : stampOfFile(path))).join('/');
}

function stampOfFile(path: string): string {
  try {
    const { ino, size, mtimeMs } = statSync(path);
    return `${ino} ${size} ${mtimeMs}`;
  } catch (error) {
    return messageOf(error);
  }
}
