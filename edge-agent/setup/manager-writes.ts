/** What setup-ami writes, and how to take it back. */
import { isIP } from 'node:net';
import { dirname, join } from 'node:path';
import { messageOf } from '#core/errors/odoopbx-error.ts';
import type { FileAccess, Host } from '#core/ports/host.ts';
import type { SetupAmiOptions } from './ami-options.ts';
import { setupFailed } from './asterisk-cli.ts';
import { findManagerPlace, withInclude } from './manager-includes.ts';
import { type ManagerSettings, hasAdvancedFilters } from './manager-settings.ts';
import { managerGeneralText, managerUsersText } from './manager-users.ts';

export interface Write {
  path: string;
  content: string;
  access: FileAccess;
  /** What a dry run shows of it: neither our secrets nor what is others'. */
  shown: string;
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
  const bound = settings.address?.host;
  const users = managerUsersText({
    pbx,
    events,
    actions,
    // Whoever connects to an address of this machine comes from that address.
    permit: [...new Set(['127.0.0.1', bound ?? options.host])].filter((address) => isIP(address) !== 0),
    advancedFilters: hasAdvancedFilters(version),
    ...(filter === undefined ? {} : { filter }),
    ...(extraRead === undefined ? {} : { extraRead }),
    ...(extraWrite === undefined ? {} : { extraWrite }),
  });
  const shown = users.replaceAll(/^secret = .*$/gm, 'secret = (of the agent’s configuration)');
  const writes: Write[] = [{ path, content: users, access, shown }];
  if (generalText !== undefined) {
    writes.push({ path: general, content: generalText, access, shown: generalText });
  }
  if (place.include !== undefined) {
    const { file, line } = place.include;
    const text = host.readFile(file) ?? '';
    const fileAccess = host.accessOf(file) ?? access;
    const backup = `${file}.before-odoopbx`;
    if (host.readFile(backup) === undefined) {
      writes.push({ path: backup, content: text, access: fileAccess, shown: `a copy of ${file}` });
    }
    writes.push({ path: file, content: withInclude(text, line), access: fileAccess, shown: `… ${line}` });
  }
  return writes;
}

/** Root's, readable by the group that reads manager.conf: Asterisk's, wherever it does not run as root. */
function ownAccess(main: Required<FileAccess>, host: Host): FileAccess {
  if (!host.isRoot) return { mode: 0o640 };
  return { mode: 0o640, uid: 0, gid: main.gid === 0 ? (host.group('asterisk') ?? 0) : main.gid };
}

/** All, or none: throws SETUP_FAILED then. Returns how to take them back. */
export function writeAll(writes: readonly Write[], host: Host): () => string {
  const undo: (() => void)[] = [];
  try {
    for (const { path, content, access } of writes) {
      const folder = dirname(path);
      const folderAccess = { ...access, mode: 0o750 };
      if (host.makeFolder(folder, folderAccess)) undo.push(() => host.removeFolder(folder));
      const old = host.readFile(path);
      host.writeFile(path, content, access);
      undo.push(() => {
        if (old === undefined) host.removeFile(path);
        else host.writeFile(path, old, access);
      });
    }
  } catch (error) {
    throw setupFailed(`${messageOf(error)}. ${takeBack(undo)}`, error);
  }
  return () => takeBack(undo);
}

/** Last done, first undone; one step that fails keeps no other from it. Says what came of it. */
function takeBack(undo: readonly (() => void)[]): string {
  const left: string[] = [];
  for (const step of undo.toReversed()) {
    try {
      step();
    } catch (error) {
      left.push(messageOf(error));
    }
  }
  if (left.length > 0) return `What was written could not all be taken back: ${left.join('; ')}`;
  return undo.length > 0 ? 'What was written is taken back' : 'Nothing was changed';
}
