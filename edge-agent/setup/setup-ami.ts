/**
 * Gives Asterisk the two AMI users of an agent: writes a file of our own, makes Asterisk read it, checks both
 * logins. Their names and secrets are those of the agent's configuration, so it can run any number of times.
 *
 * Invariant: when Asterisk does not take over what was written, everything is put back as it was.
 */
import { messageOf } from '#core/errors/odoopbx-error.ts';
import type { Clock } from '#core/ports/clock.ts';
import { type AmiAddress, type SetupAmiOptions, type SetupAmiParts, checkOptions } from './ami-options.ts';
import { type AsteriskCli, createAsteriskCli, setupFailed } from './asterisk-cli.ts';
import {
  type ManagerSettings,
  parseConfigDir,
  parseManagerSettings,
  parseManagerUsers,
  parseVersion,
} from './manager-settings.ts';
import { planWrites, writeAll } from './manager-writes.ts';

/** Returns the address at which AMI was found. Rejects SETUP_FAILED and, from the logins, AMI_*. */
export async function setupAmi(options: SetupAmiOptions, parts: SetupAmiParts): Promise<AmiAddress> {
  const { dryRun, tls } = options;
  const { host, progress } = parts;
  const cli = createAsteriskCli(host, options.asterisk);
  checkOptions(options, parts);
  const version = parseVersion(await cli('core show version'));
  const before = await managerSettings(cli);
  const configDir = options.asteriskConfigDir ?? parseConfigDir(await cli('core show settings'));
  if (configDir === undefined) {
    throw setupFailed('Asterisk does not tell where its configuration is: use --asterisk-config-dir');
  }
  progress(`Asterisk ${version ?? '(of no known version)'}, configuration in ${configDir}`);

  const users = parseManagerUsers(await cli('manager show users'));
  const writes = planWrites(options, configDir, { settings: before, version, users }, host);
  const done = writes.filter(({ path, content }) => host.readFile(path) !== content);
  for (const { path, shown } of done) {
    progress(`${dryRun ? 'Would write' : 'Writing'} ${path}`);
    if (dryRun) progress(indented(shown));
  }
  if (done.length === 0) progress('Everything is written already');
  if (dryRun) {
    progress('Would run asterisk -rx "manager reload" and log in with both users');
    return { host: options.host, port: options.port };
  }
  const takeBack = writeAll(done, host);
  let after: ManagerSettings;
  try {
    after = await reload(options, cli, parts.clock);
  } catch (error) {
    const outcome = takeBack();
    await cli('manager reload').catch(() => '');
    throw setupFailed(`${messageOf(error)}. ${outcome}`, error);
  }
  const configured = { host: options.host, port: options.port };
  // The settings tell the port without TLS.
  const address = tls ? configured : { ...configured, ...after.address };
  await checkLogins(options, address, parts);
  return address;
}

/** Resolves when AMI is on and knows both users. */
async function reload(options: SetupAmiOptions, cli: AsteriskCli, clock: Clock): Promise<ManagerSettings> {
  await cli('manager reload');
  const deadline = clock.now() + 10_000;
  for (;;) {
    const settings = await managerSettings(cli);
    const known = parseManagerUsers(await cli('manager show users'));
    const missing = [options.events, options.actions].filter(({ username }) => !known.includes(username));
    if (settings.enabled && missing.length === 0) return settings;
    if (clock.now() >= deadline) {
      const what = settings.enabled ? `the user ${missing[0]?.username ?? ''}` : 'enabled = yes';
      throw new Error(`Asterisk did not take over ${what}: see its log (/var/log/asterisk) for the reason`);
    }
    await clock.sleep(200);
  }
}

async function checkLogins(
  options: SetupAmiOptions,
  address: AmiAddress,
  parts: SetupAmiParts,
): Promise<void> {
  const { events, actions } = options;
  const where = `${address.host}:${address.port}`;
  await parts.checkLogin(address, events, 'events');
  parts.progress(`${events.username} logs in at ${where} and hears events`);
  const { asteriskVersion, systemName } = await parts.checkLogin(address, actions, 'actions');
  const name = systemName === null ? '' : `, system name ${systemName}`;
  parts.progress(
    `${actions.username} logs in and acts: Asterisk ${asteriskVersion ?? '(no version)'}${name}`,
  );
}

async function managerSettings(cli: AsteriskCli): Promise<ManagerSettings> {
  const settings = parseManagerSettings(await cli('manager show settings'));
  if (settings === undefined) throw setupFailed('Asterisk does not tell its manager settings');
  return settings;
}

function indented(text: string): string {
  return text.trimEnd().replaceAll(/^/gm, '    ');
}
