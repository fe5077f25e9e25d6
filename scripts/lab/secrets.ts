import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { labDir, paths } from './settings.ts';

/** Generated once per lab, kept in a file that only root reads. */
export interface LabSecrets {
  readonly amiEvents: string;
  readonly amiActions: string;
  readonly amiAdmin: string;
  readonly postgresql: string;
  readonly odooMaster: string;
  readonly odooAdmin: string;
  /** Odoo makes it; empty until the template database is there. */
  readonly odooApiKey: string;
}

export function labSecrets(): LabSecrets {
  const known = readSecrets();
  if (known !== undefined) return known;
  const secrets = {
    amiEvents: secretWord(),
    amiActions: secretWord(),
    amiAdmin: secretWord(),
    postgresql: secretWord(),
    odooMaster: secretWord(),
    odooAdmin: secretWord(),
    odooApiKey: '',
  };
  writeSecrets(secrets);
  return secrets;
}

export function keepApiKey(odooApiKey: string): void {
  writeSecrets({ ...labSecrets(), odooApiKey });
}

function secretWord(): string {
  return randomBytes(12).toString('hex');
}

function readSecrets(): LabSecrets | undefined {
  try {
    return JSON.parse(readFileSync(paths.secrets, 'utf8')) as LabSecrets;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function writeSecrets(secrets: LabSecrets): void {
  mkdirSync(labDir, { recursive: true });
  writeFileSync(`${paths.secrets}.new`, JSON.stringify(secrets, null, 2), { mode: 0o600 });
  renameSync(`${paths.secrets}.new`, paths.secrets);
}
