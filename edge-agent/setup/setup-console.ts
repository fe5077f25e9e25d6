/**
 * Makes Asterisk hold back the account that the console runs as: writes its section of cli_permissions.conf, makes
 * Asterisk read it, and tells what is still missing for the account to reach the CLI.
 *
 * Invariant: the section is ours alone, between two marks; what else stands in the file stays as it is, and when
 * Asterisk does not take over what was written, everything is put back.
 */
import { join } from 'node:path';
import { cliPermissionsText } from '#core/console/cli-permissions.ts';
import type { Host } from '#core/ports/host.ts';
import { createAsteriskCli, setupFailed } from './asterisk-cli.ts';
import { parseConfigDir } from './manager-settings.ts';
import { type Write, writeAll } from './manager-writes.ts';

export interface SetupConsoleOptions {
  /** Whom the console runs as. */
  account: string;
  /** `asterisk`, or another program. */
  asterisk: string;
  /** Found by asking Asterisk where not given. */
  asteriskConfigDir?: string;
  dryRun: boolean;
}

export interface SetupConsoleParts {
  host: Host;
  progress: (line: string) => void;
}

const begin =
  '; odoopbx-agent console: begin (odoopbx-agent setup-console replaces what is between the marks)';
const end = '; odoopbx-agent console: end';
const general = '[general]\n; Whom no section names: as without this file.\ndefault_perm = permit\n';

/** Rejects SETUP_FAILED. */
export async function setupConsole(options: SetupConsoleOptions, parts: SetupConsoleParts): Promise<void> {
  const { account, asterisk, dryRun } = options;
  const { host, progress } = parts;
  const user = host.user(account);
  if (user === undefined) throw setupFailed(`there is no account ${account} on this machine`);
  if (user.uid === 0) throw setupFailed('root can not be held back: name an account without privileges');
  const cli = createAsteriskCli(host, asterisk);
  const folder = options.asteriskConfigDir ?? parseConfigDir(await cli('core show settings'));
  if (folder === undefined) {
    throw setupFailed('Asterisk does not tell where its configuration is: use --asterisk-config-dir');
  }
  const path = join(folder, 'cli_permissions.conf');
  const before = host.readFile(path);
  const content = withSection(before ?? general, cliPermissionsText(account), account, path);
  if (content === before) progress(`${path} is as it should be already`);
  else {
    progress(`${dryRun ? 'Would write' : 'Writing'} the section [${account}] of ${path}`);
    if (!dryRun)
      await replace({ path, content, access: accessOf(path, folder, host), shown: '' }, cli, parts);
  }
  if (dryRun) return;
  const shown = await cli('cli show permissions');
  if (!shown.includes(`user: ${account} `)) {
    throw setupFailed(`Asterisk has not taken over ${path}: see its log for the reason`);
  }
  progress(`Asterisk permits ${account} what a console needs, and nothing that leads out of it`);
  await tellReach(options, parts);
}

async function replace(
  write: Write,
  cli: (command: string) => Promise<string>,
  { host }: SetupConsoleParts,
): Promise<void> {
  const takeBack = writeAll([write], host);
  try {
    await cli('cli reload permissions');
  } catch (error) {
    throw setupFailed(`Asterisk does not read ${write.path}. ${takeBack()}`, error);
  }
}

/** Throws SETUP_FAILED where somebody else's section names the account: which of the two counts is not for us to say. */
function withSection(text: string, section: string, account: string, path: string): string {
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  const others =
    from < 0 || to < from ? text : text.slice(0, from) + text.slice(to + end.length).replace(/^\n/, '');
  if (others.split('\n').some((line) => line.trim().startsWith(`[${account}]`))) {
    throw setupFailed(
      `${path} has a section [${account}] that is not ours: remove it, or use another account`,
    );
  }
  const kept = others.trimEnd();
  return `${kept === '' ? '' : `${kept}\n\n`}${begin}\n${section}${end}\n`;
}

function accessOf(path: string, folder: string, host: Host): Write['access'] {
  const found = host.accessOf(path) ?? host.accessOf(join(folder, 'asterisk.conf'));
  return found ?? { mode: 0o640 };
}

/** Whether the account can use the CLI; if not, what to do: it takes a restart of Asterisk, which is not ours to make. */
async function tellReach(
  { account, asterisk }: SetupConsoleOptions,
  { host, progress }: SetupConsoleParts,
): Promise<void> {
  const user = host.user(account);
  if (!host.isRoot || user === undefined) return;
  const become = [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--init-groups', '--'];
  const { code } = await host.run('setpriv', [...become, asterisk, '-rx', 'core show version'], {
    timeoutMs: 15_000,
  });
  if (code === 0) {
    progress(`${account} reaches Asterisk's CLI; set console.enabled: true and restart the agent`);
    return;
  }
  progress(
    `${account} does not reach Asterisk's CLI yet. Give its group the control socket, in asterisk.conf:`,
  );
  for (const line of ['[files]', 'astctlpermissions = 0660', `astctlgroup = ${account}`])
    progress(`    ${line}`);
  progress(`then: usermod -aG ${account} asterisk, and restart Asterisk (calls end)`);
}
