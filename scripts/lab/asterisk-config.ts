import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cliPermissionsText } from '#core/console/cli-permissions.ts';
import { runInRoot } from './chroot.ts';
import { labSecrets } from './secrets.ts';
import { contentHash, paths, ports } from './settings.ts';
import { fillTemplate } from './template.ts';

const templates = join(import.meta.dirname, 'asterisk');

/** Files that Asterisk misses loudly although it needs nothing from them. */
const blankFiles = ['acl', 'ccss', 'cel', 'pjproject', 'stasis', 'udptl'];

/** Whom the console runs as: an account that every Debian has, and that may do nothing. */
export const consoleAccount = 'nobody';

const configDir = join(paths.asteriskRoot, 'etc/asterisk');

/** The configuration files as they are to be, by name. */
export type AsteriskConfig = ReadonlyMap<string, string>;

export function asteriskConfig(): AsteriskConfig {
  const secrets = labSecrets();
  const values: Readonly<Record<string, string | number>> = {
    moduleDir: moduleDir(),
    amiPort: ports.ami,
    sipPort: ports.sip,
    phone1Port: ports.phone1,
    phone2Port: ports.phone2,
    rtpFirst: ports.rtpFirst,
    rtpLast: ports.rtpLast,
    eventsSecret: secrets.amiEvents,
    actionsSecret: secrets.amiActions,
    adminSecret: secrets.amiAdmin,
  };
  const files = readdirSync(templates).filter((file) => file.endsWith('.conf'));
  return new Map([
    ...blankFiles.map((name) => [`${name}.conf`, '; nothing\n'] as const),
    ['cli_permissions.conf', `[general]\ndefault_perm = permit\n\n${cliPermissionsText(consoleAccount)}`],
    ...files.map((file) => [file, fillTemplate(`asterisk/${file}`, values)] as const),
  ]);
}

export function configVersion(config: AsteriskConfig): string {
  return contentHash(...[...config].flat());
}

/** Lays the files anew; those of the package, and what tests wrote, go. */
export async function writeAsteriskConfig(config: AsteriskConfig): Promise<void> {
  rmSync(configDir, { recursive: true, force: true });
  mkdirSync(configDir);
  for (const [file, content] of config) writeFileSync(join(configDir, file), content, { mode: 0o640 });
  const own = ['chown', '-R', 'asterisk:asterisk', '/etc/asterisk', '/var/run/asterisk'];
  await runInRoot({ root: paths.asteriskRoot }, ['mkdir', '-p', '/var/run/asterisk']);
  await runInRoot({ root: paths.asteriskRoot }, own);
}

/** Named after the machine's architecture. */
function moduleDir(): string {
  const lib = join(paths.asteriskRoot, 'usr/lib');
  const found = readdirSync(lib, { recursive: false, encoding: 'utf8' })
    .map((entry) => `${entry}/asterisk/modules`)
    .find((path) => isFolder(join(lib, path)));
  if (found === undefined) throw new Error(`No Asterisk modules under ${lib}`);
  return `/usr/lib/${found}`;
}

function isFolder(path: string): boolean {
  try {
    return readdirSync(path).length > 0;
  } catch {
    return false;
  }
}
