import type { PbxId } from '#core/contracts/names.ts';
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { Host } from '#core/ports/host.ts';
import { unknownClasses } from './manager-users.ts';

export interface AmiUser {
  username: string;
  secret: string;
}

export interface AmiAddress {
  host: string;
  port: number;
}

export interface SetupAmiOptions extends AmiAddress {
  pbx: PbxId;
  events: AmiUser;
  actions: AmiUser;
  /** AMI by TLS: its port can not be told from Asterisk's settings. */
  tls: boolean;
  /** Found by asking Asterisk where not given. */
  asteriskConfigDir?: string;
  /** The program, `asterisk`. */
  asterisk: string;
  filter?: readonly string[];
  extraRead?: readonly string[];
  extraWrite?: readonly string[];
  /** Only tell what would be done. */
  dryRun: boolean;
}

export interface SetupAmiParts {
  host: Host;
  clock: Clock;
  /** Addresses of this machine. */
  ownAddresses: readonly string[];
  /** Logs in and out; rejects when that fails. */
  checkLogin: (
    address: AmiAddress,
    user: AmiUser,
    as: 'events' | 'actions',
  ) => Promise<{ asteriskVersion: string | null; systemName: string | null }>;
  progress: (line: string) => void;
}

/** Throws CONFIG_INVALID. */
export function checkOptions(options: SetupAmiOptions, { ownAddresses }: SetupAmiParts): void {
  const { host, events, actions, extraRead = [], extraWrite = [], filter = [] } = options;
  const wrong = unknownClasses([...extraRead, ...extraWrite]);
  if (wrong.length > 0) throw invalid(`AMI has no class ${wrong.join(', ')}`);
  const strange = filter.filter((name) => !/^[A-Za-z0-9_]{1,64}$/.test(name));
  if (strange.length > 0) throw invalid(`${strange.join(', ')}: no name of an AMI event`);
  for (const { username, secret } of [events, actions]) {
    if (!/^[\w.@+-]{1,128}$/.test(username) || username === 'general') {
      throw invalid(
        `${JSON.stringify(username)} can be no name of an AMI user: letters, digits and _ . @ + - only`,
      );
    }
    if (secret.trim() !== secret) throw invalid(`the secret of ${username} begins or ends with a space`);
  }
  if (events.username === actions.username && events.secret !== actions.secret) {
    throw invalid(`${events.username} has two secrets: give events and actions the same, or two users`);
  }
  if (isLoopback(host) || ownAddresses.includes(host)) return;
  throw invalid(
    `ami.host is ${host}, not this machine: run setup-ami there, or write its manager.conf by hand`,
  );
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

function invalid(message: string): OdoopbxError {
  return new OdoopbxError('CONFIG_INVALID', message);
}
