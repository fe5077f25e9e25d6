/** What setup-ami writes, and how to take it back. */
import { isIP } from 'node:net';
import { dirname, join } from 'node:path';
import { messageOf } from '#core/errors/odoopbx-error.ts';
import type { FileAccess, Host } from '#core/ports/host.ts';
import { type SetupAmiOptions, isLoopback } from './ami-options.ts';
import { setupFailed } from './asterisk-cli.ts';
import { findManagerPlace, withInclude } from './manager-includes.ts';
import { type ManagerSettings, hasAdvancedFilters } from './manager-settings.ts';
import { managerGeneralText, managerUsersText } from './manager-users.ts';

export interface Write {
  path: string;
  content: string;
  access: FileAccess;
}

/** In the order in which they are to be written. Throws SETUP_FAILED. */
export function planWrites(
  options: SetupAmiOptions,
  configDir: string,
  asterisk: { settings: ManagerSettings; version: string | undefined; users: readonly string[] },
  host: Host,
): Write[] {
  const { pbx, events, actions, filter, extraRead, extraWrite } = options;
  const { settings, version } = asterisk;
  const main = join(configDir, 'manager.conf');
  const place = findManagerPlace(configDir, (path) => host.readFile(path));
  const mainAccess = host.accessOf(main);
  if (place === undefined || mainAccess === undefined) throw setupFailed(`${main} is not there`);
  const access = ownAccess(mainAccess, host);
  const path = join(place.folder, `odoopbx_${pbx}.conf`);

  const ours = host.readFile(path) ?? '';
  for (const { username } of [events, actions]) {
    if (!asterisk.users.includes(username) || ours.includes(`[${username}]`)) continue;
    throw setupFailed(
      `Asterisk has an AMI user ${username} that is not ours: choose other names in ami.events and ami.actions`,
    );
  }

  const general = join(place.folder, 'odoopbx_general.conf');
  const generalBefore = host.readFile(general) ?? '';
  const generalText = managerGeneralText({
    enable: !settings.enabled || /^enabled/m.test(generalBefore),
    timestamps: !settings.timestamps || /^timestampevents/m.test(generalBefore),
  });
  const permit =
    isLoopback(options.host) && settings.address !== undefined ? [settings.address.host] : [options.host];
  const users = managerUsersText({
    pbx,
    events,
    actions,
    permit: [...new Set(['127.0.0.1', ...permit.filter((address) => isIP(address) !== 0)])],
    advancedFilters: hasAdvancedFilters(version),
    ...(filter === undefined ? {} : { filter }),
    ...(extraRead === undefined ? {} : { extraRead }),
    ...(extraWrite === undefined ? {} : { extraWrite }),
  });
  const writes: Write[] = [{ path, content: users, access }];
  if (generalText !== undefined) writes.push({ path: general, content: generalText, access });
  if (place.include !== undefined) {
    const { file, line } = place.include;
    const text = host.readFile(file) ?? '';
    const fileAccess = host.accessOf(file) ?? access;
    const backup = `${file}.before-odoopbx`;
    if (host.readFile(backup) === undefined) writes.push({ path: backup, content: text, access: fileAccess });
    writes.push({ path: file, content: withInclude(text, line), access: fileAccess });
  }
  return writes;
}

/** Root's, readable by the group that reads manager.conf: Asterisk's, wherever it does not run as root. */
function ownAccess(main: Required<FileAccess>, host: Host): FileAccess {
  if (!host.isRoot) return { mode: 0o640 };
  return { mode: 0o640, uid: 0, gid: main.gid === 0 ? (host.group('asterisk') ?? 0) : main.gid };
}

/** All, or none: throws SETUP_FAILED then. Returns the steps that take them back, the last first to be done. */
export function writeAll(writes: readonly Write[], host: Host): (() => void)[] {
  const undo: (() => void)[] = [];
  try {
    for (const { path, content, access } of writes) {
      const folder = dirname(path);
      const folderAccess = { ...access, mode: 0o750 };
      if (host.makeFolder(folder, folderAccess)) undo.push(() => host.removeFolder(folder));
      const old = host.readFile(path);
      undo.push(() => {
        if (old === undefined) host.removeFile(path);
        else host.writeFile(path, old, access);
      });
      host.writeFile(path, content, access);
    }
  } catch (error) {
    for (const step of undo.toReversed()) step();
    throw setupFailed(`${messageOf(error)}. Nothing was changed`, error);
  }
  return undo;
}
