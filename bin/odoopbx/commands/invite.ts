import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import { readApiUrl } from '../api-url.ts';
import type { DefineCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { parseDuration } from '../duration.ts';
import { findPbx } from '../targets.ts';

interface Options {
  valid: string;
  url?: string;
  setupAmi?: boolean;
}

export const defineInvite: DefineCommand = (program, run) => {
  program
    .command('invite <tenant/pbx>')
    .description('print the one line to run on a PBX that installs and enrols its agent')
    .option('--valid <time>', 'how long the one-time code is good: 10m to 7d', '24h')
    .option('--url <url>', "the HTTP API's address (default: as deployed)")
    .option('--setup-ami', "the line also makes the agent's users in Asterisk's manager interface")
    .addHelpText(
      'after',
      `
The code works once and is stored as a hash: it can not be shown again, but a new invitation can be made, which ends
the old one. The PBX makes its own key pair; the private key never leaves it.

Examples:
  odoopbx invite acme/hq --setup-ami
  ssh root@pbx.acme.example "$(odoopbx invite acme/hq --valid 10m)"`,
    )
    .action((target: string, options: Options) => run((context) => invite(context, target, options)));
};

async function invite(context: Context, target: string, { valid, url, setupAmi }: Options): Promise<void> {
  const { output, names } = context;
  const { fleet } = context.fleetFile();
  const { tenant, name, pbx } = findPbx(fleet, target);
  const seconds = parseDuration(valid, { option: '--valid', min: '10m', max: '7d' });
  const cloud = await context.cloud();
  if (!(await cloud.identities.exists(pbx))) {
    throw new OdoopbxError('NOT_DEPLOYED', `${tenant}/${name} is not deployed yet: odoopbx deploy ${tenant}`);
  }
  const apiUrl = url?.replace(/\/+$/, '') ?? (await readApiUrl(cloud.stacks, names()));
  const { code, expiresAt } = await cloud.enrollmentCodes.make(pbx, seconds);
  const command = inviteLine({ packagesUrl: fleet.platform.packagesUrl, apiUrl, code, setupAmi });
  output.note(`Run this line on ${tenant}/${name} before ${new Date(expiresAt * 1000).toISOString()}:`);
  output.result({ pbx, apiUrl, code, expiresAt, command }, command);
}

/** One line for the PBX's shell. With a package server it installs the agent first. */
export function inviteLine(parts: {
  packagesUrl: string | undefined;
  apiUrl: string;
  code: string;
  setupAmi?: boolean | undefined;
}): string {
  const address = `${quoted(parts.apiUrl)} ${parts.code}${parts.setupAmi ? ' --setup-ami' : ''}`;
  if (parts.packagesUrl === undefined) return `sudo odoopbx-agent enroll ${address}`;
  const script = quoted(`${parts.packagesUrl.replace(/\/+$/, '')}/install.sh`);
  return `curl -fsSL ${script} | sudo sh -s -- ${address}`;
}

/** As the shell takes it literally; plain addresses need no quotes. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
