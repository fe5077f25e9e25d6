/**
 * Gets this PBX its identity and writes its configuration.
 *
 * What can be found wrong before the one-time code is used is found before.
 */
import { join } from 'node:path';
import {
  type EnrollmentAnswer,
  type EnrollmentRequest,
  enrollmentCodeSchema,
} from '#core/contracts/enrollment.ts';
import { type PbxId, pbxIdSchema } from '#core/contracts/names.ts';
import { OdoopbxError, messageOf } from '#core/errors/odoopbx-error.ts';
import type { Host } from '#core/ports/host.ts';
import { conflictIn } from './agent-config.ts';
import { enrollmentUrl } from './enrollment-url.ts';
import type { Identity } from './make-identity.ts';
import { type AmiAccess, type Owner, storeIdentity } from './store-identity.ts';

export interface EnrollOptions {
  url: string;
  code: string;
  /** `/etc/odoopbx-agent`. */
  configDir: string;
  /** `/var/lib/odoopbx-agent`; each PBX has a folder in it. */
  stateRoot: string;
  /** The service's user, who has to read the key. */
  user: string;
  /** Whether the service will run as that user: it must exist then. */
  needsUser: boolean;
  /** Replace a configuration that is not this PBX's (kept beside it). */
  force: boolean;
  proxy?: string;
  /** PEM. */
  ca?: string;
  /** For a new configuration. */
  ami: (pbx: PbxId) => AmiAccess;
}

export interface EnrollParts {
  host: Host;
  makeIdentity: () => Promise<Identity>;
  post: (url: URL, request: EnrollmentRequest) => Promise<EnrollmentAnswer>;
  progress: (line: string) => void;
}

export interface Enrolled {
  pbx: PbxId;
  configFile: string;
  /** A configuration of this PBX was there and was kept. */
  renewed: boolean;
}

/**
 * Rejects CONFIG_INVALID (nothing was sent), as postEnrollment, and ENROLL_NOT_WRITTEN: the code is used up and
 * nothing was changed.
 */
export async function enroll(options: EnrollOptions, parts: EnrollParts): Promise<Enrolled> {
  const { host, progress } = parts;
  const url = enrollmentUrl(options.url);
  const code = enrollmentCodeSchema.safeParse(options.code);
  if (!code.success)
    throw invalid(`${code.error.issues[0]?.message ?? 'the code is not valid'}: copy it whole`);
  const owner = serviceAccess(options, parts);
  checkFolder(options, host);

  progress('Making a key pair: the key never leaves this machine');
  const identity = await parts.makeIdentity();
  progress(`Asking ${url.origin} for a certificate`);
  const answer = await parts.post(url, { code: code.data, csr: identity.csrPem });
  progress(`This PBX is ${answer.pbx}, its certificate ${answer.certificateId.slice(0, 12)}…`);
  try {
    const stored = storeIdentity({ ...options, owner }, host, identity, answer);
    progress(`${stored.renewed ? 'Renewed the identity in' : 'Wrote'} ${stored.configFile}`);
    return { pbx: answer.pbx, ...stored };
  } catch (error) {
    throw new OdoopbxError(
      'ENROLL_NOT_WRITTEN',
      `${messageOf(error)}. The code is used up: ` +
        'put that right, then ask for a new invitation (odoopbx invite)',
      { cause: error },
    );
  }
}

function serviceAccess({ user, needsUser }: EnrollOptions, { host, progress }: EnrollParts): Owner {
  if (!host.isRoot) {
    if (needsUser) throw invalid('run it as root: the service and its files are the system’s');
    return {};
  }
  const found = host.user(user);
  if (found !== undefined) return found;
  const how = `useradd --system --no-create-home --shell /usr/sbin/nologin ${user}`;
  if (needsUser) throw invalid(`there is no user ${user}: install the package, or run: ${how}`);
  progress(`There is no user ${user}: what is written belongs to root alone (${how})`);
  return {};
}

/** Whatever PBX the answer names: no file of this folder may stand in its way. */
function checkFolder({ configDir, force }: EnrollOptions, host: Host): void {
  for (const name of host.list(configDir)) {
    const pbx = name.endsWith('.yaml') ? pbxIdSchema.safeParse(name.slice(0, -5)) : undefined;
    if (pbx?.success !== true || force) continue;
    const conflict = conflictIn(host.readFile(join(configDir, name)) ?? '', pbx.data);
    if (conflict === undefined) continue;
    throw invalid(`${join(configDir, name)}: ${conflict}. Move it away, or use --force to replace it`);
  }
  const probe = join(configDir, '.odoopbx-agent-enroll');
  try {
    const made = host.makeFolder(configDir, { mode: 0o750 });
    host.writeFile(probe, '', { mode: 0o600 });
    host.removeFile(probe);
    if (made) host.removeFolder(configDir);
  } catch (error) {
    throw invalid(`${configDir} can not be written: ${messageOf(error)}`);
  }
}

function invalid(message: string): OdoopbxError {
  return new OdoopbxError('CONFIG_INVALID', message);
}
