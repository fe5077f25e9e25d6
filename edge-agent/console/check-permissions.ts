/*
 * Whether Asterisk itself holds the console back where it runs without the shell. It is asked as the console's
 * account, by the console's own client: what counts is what the running Asterisk does, not what stands in a file.
 *
 * - The account must have a section of its own that denies everything first.
 * - Every permit must be anchored: an entry is searched anywhere in a command (core/console/cli-permissions.ts).
 * - Commands that are known to reach a shell must be refused. They are asked for without the arguments that they
 *   need, so that a server that does permit them does nothing but explain their usage.
 */
import { messageOf, OdoopbxError } from '#core/errors/odoopbx-error.ts';
import type { CommandResult } from '#core/ports/host.ts';

/** Runs one command of Asterisk's CLI as the console's account. */
export type AskCli = (command: string) => Promise<CommandResult>;

const probes = [
  'channel originate',
  'originate',
  'dialplan add extension',
  'dialplan add include',
  'module load',
  'module unload',
  'agi exec',
  'mixmonitor start',
  'file convert',
  'database put',
  'pjsip send notify',
  'pjsip export config_wizard',
  'manager set debug',
  // The words of a permitted command behind those of another: what an entry without an anchor lets through.
  'module load core show version',
];

const refused = /^You don't have permissions to run/m;
const unknown = /^No such command/m;

/** Why the console of the account with this number would not be safe; undefined: it is. Never rejects. */
export async function findPermissionProblem(uid: number, ask: AskCli): Promise<string | undefined> {
  try {
    const { code, stdout, stderr } = await ask('cli show permissions');
    if (code !== 0) return `Asterisk’s CLI does not answer: ${firstLine(stderr || stdout)}`;
    if (refused.test(stdout)) {
      return 'cli_permissions.conf does not permit "cli show permissions", so it can not be checked';
    }
    const entries = entriesOf(uid, stdout);
    if (entries?.[0] !== 'deny -> all') {
      return 'cli_permissions.conf does not begin with "deny = all" for the console’s account: run odoopbx-agent setup-console';
    }
    const loose = entries.flatMap((entry) => /^permit -> (.*)$/.exec(entry)?.[1] ?? []).filter(isLoose);
    if (loose.length > 0) {
      return `cli_permissions.conf has entries that are not anchored (permit = ^…): ${loose.slice(0, 5).join(', ')}`;
    }
    const answers = await Promise.all(probes.map(async (probe) => ({ probe, ...(await ask(probe)) })));
    for (const { probe, code, stdout: said, stderr: failed } of answers) {
      if (code !== 0) return `Asterisk’s CLI does not answer: ${firstLine(failed)}`;
      // What this Asterisk does not have is judged by the anchors alone.
      if (refused.test(said) || unknown.test(said)) continue;
      return `Asterisk does not refuse the console’s account "${probe}": run odoopbx-agent setup-console`;
    }
    return undefined;
  } catch (error) {
    if (error instanceof OdoopbxError) return error.message;
    return `Asterisk’s CLI can not be asked: ${messageOf(error)}`;
  }
}

/** The account's own entries, in order; undefined where it has no section. */
function entriesOf(uid: number, shown: string): string[] | undefined {
  const section = shown.split(/^(?=user: |group: )/m).find((text) => text.includes(`[uid=${uid}]`));
  return section
    ?.split('\n')
    .map((line) => line.trim())
    .filter((line) => /^(permit|deny) -> /.test(line));
}

/** Whether it may fit elsewhere than at the beginning of a command; `all` does. */
function isLoose(entry: string): boolean {
  let flat = entry;
  for (let inner = ''; inner !== flat;) {
    inner = flat;
    flat = flat.replaceAll(/\([^()]*\)/g, '');
  }
  return !flat.startsWith('^') || flat.includes('|');
}

function firstLine(text: string): string {
  return (text.trim().split('\n')[0] ?? '').slice(0, 200);
}
