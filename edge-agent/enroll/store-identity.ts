/**
 * Writes key, certificate and configuration.
 *
 * Invariant: the configuration is written last, and refers to a key and a certificate that no earlier one refers
 * to. Until that one rename the earlier identity is whole, after it the new one. What fails before it leaves the
 * folder as it was.
 */
import { X509Certificate, createPrivateKey } from 'node:crypto';
import { join } from 'node:path';
import type { EnrollmentAnswer } from '#core/contracts/enrollment.ts';
import type { PbxId } from '#core/contracts/names.ts';
import { messageOf } from '#core/errors/odoopbx-error.ts';
import type { FileAccess, Host } from '#core/ports/host.ts';
import { type CloudSection, conflictIn, newConfigText, withCloud } from './agent-config.ts';
import type { Identity } from './make-identity.ts';

export interface AmiAccess {
  host: string;
  port: number;
  events: { username: string; secret: string };
  actions: { username: string; secret: string };
}

/** Of the service; whoever runs this where not given. */
export interface Owner {
  uid?: number;
  gid?: number;
}

export interface StoreOptions {
  configDir: string;
  stateRoot: string;
  owner: Owner;
  force: boolean;
  proxy?: string;
  ca?: string;
  ami: (pbx: PbxId) => AmiAccess;
}

interface Draft {
  /** From `configDir`. */
  path: string;
  content: string;
  access: FileAccess;
}

/** Throws when anything was wrong; nothing has changed then. */
export function storeIdentity(
  options: StoreOptions,
  host: Host,
  identity: Identity,
  answer: EnrollmentAnswer,
): { configFile: string; renewed: boolean } {
  const { configDir, owner } = options;
  const { pbx } = answer;
  const part = answer.certificateId.slice(0, 12);
  const certificatePem = certificateFor(answer.certificatePem, identity.keyPem);
  const configFile = join(configDir, `${pbx}.yaml`);
  const before = host.readFile(configFile);
  const conflict = before === undefined ? undefined : conflictIn(before, pbx);
  if (conflict !== undefined && !options.force) throw new Error(`${configFile}: ${conflict}`);
  const renewed = before !== undefined && conflict === undefined;

  const group: Owner = owner.gid === undefined ? {} : { uid: 0, gid: owner.gid };
  const shared: FileAccess = { mode: 0o640, ...group };
  const secret: FileAccess = { mode: 0o600, ...owner };
  const cloud: CloudSection = {
    ...answer.cloud,
    certificateFile: `${pbx}/certificate-${part}.pem`,
    keyFile: `${pbx}/key-${part}.pem`,
    ...(options.ca === undefined ? {} : { caFile: `${pbx}/ca.pem` }),
    ...(options.proxy === undefined ? {} : { proxy: options.proxy }),
  };
  const drafts: Draft[] = [
    { path: cloud.keyFile, content: identity.keyPem, access: secret },
    { path: cloud.certificateFile, content: certificatePem, access: shared },
  ];
  if (options.ca !== undefined) drafts.push({ path: `${pbx}/ca.pem`, content: options.ca, access: shared });
  const config: Draft = { path: `${pbx}.yaml`, content: '', access: shared };
  if (renewed) {
    config.content = withCloud(before, cloud);
    config.access = host.accessOf(configFile) ?? shared;
  } else {
    const { events, actions, ...address } = options.ami(pbx);
    const files = { events: `${pbx}/ami-events.secret`, actions: `${pbx}/ami-actions.secret` };
    drafts.push({ path: files.events, content: `${events.secret}\n`, access: secret });
    drafts.push({ path: files.actions, content: `${actions.secret}\n`, access: secret });
    if (before !== undefined) {
      const access = host.accessOf(configFile) ?? secret;
      drafts.push({ path: `${pbx}.yaml.before`, content: before, access });
    }
    const ami = {
      ...address,
      events: { username: events.username, secretFile: files.events },
      actions: { username: actions.username, secretFile: files.actions },
    };
    config.content = newConfigText(pbx, join(options.stateRoot, pbx), ami, cloud);
  }
  const folders = [configDir, join(configDir, pbx)];
  writeAll(host, configDir, folders, { mode: 0o750, ...group }, [...drafts, config]);
  removeEarlier(host, join(configDir, pbx), part);
  return { configFile, renewed };
}

/** All files, or none: what was written is taken back when one fails. */
function writeAll(
  host: Host,
  configDir: string,
  folders: readonly string[],
  folderAccess: FileAccess,
  drafts: readonly Draft[],
): void {
  const undo: (() => void)[] = [];
  try {
    for (const folder of folders) {
      if (host.makeFolder(folder, folderAccess)) undo.push(() => host.removeFolder(folder));
    }
    for (const { path, content, access } of drafts) {
      const whole = join(configDir, path);
      const old = host.readFile(whole);
      const oldAccess = host.accessOf(whole) ?? access;
      host.writeFile(whole, content, access);
      undo.push(() => {
        if (old === undefined) host.removeFile(whole);
        else host.writeFile(whole, old, oldAccess);
      });
    }
  } catch (error) {
    const left: string[] = [];
    for (const step of undo.toReversed()) {
      try {
        step();
      } catch (failure) {
        left.push(messageOf(failure));
      }
    }
    if (left.length === 0) throw error;
    const message = `${messageOf(error)}; and it could not all be taken back: ${left.join('; ')}`;
    throw new Error(message, { cause: error });
  }
}

/** The certificate, when it is the one for our key. Throws. */
function certificateFor(pem: string, keyPem: string): string {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(pem);
  } catch (error) {
    throw new Error('the platform sent no certificate that can be read', { cause: error });
  }
  if (!certificate.checkPrivateKey(createPrivateKey(keyPem))) {
    throw new Error('the platform sent a certificate for another key');
  }
  return certificate.toString();
}

/** Keys and certificates of earlier enrolments: the configuration refers to them no more. */
function removeEarlier(host: Host, folder: string, part: string): void {
  for (const name of host.list(folder)) {
    const found = /^(?:certificate|key)-([0-9a-f]{12})\.pem$/.exec(name);
    if (found !== null && found[1] !== part) host.removeFile(join(folder, name));
  }
}
