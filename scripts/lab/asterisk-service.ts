import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { asteriskConfig, configVersion, writeAsteriskConfig } from './asterisk-config.ts';
import { inRoot, runInRoot } from './chroot.ts';
import { runsAs, startService } from './service.ts';
import type { Service } from './service.ts';
import { asteriskTimeZone, paths, ports } from './settings.ts';

const use = { root: paths.asteriskRoot, user: 'asterisk', env: { TZ: asteriskTimeZone } };

/** Starts the CLI client, or runs one command of it, from outside the root: `asterisk -rx CMD`. */
export const asteriskProgram = join(paths.bin, 'asterisk');

export async function startAsterisk(): Promise<void> {
  const config = asteriskConfig();
  const service: Service = {
    name: 'asterisk',
    port: ports.ami,
    use,
    command: ['/usr/sbin/asterisk', '-f', '-q'],
    inputs: configVersion(config),
    isReady: isFullyBooted,
  };
  if (runsAs(service)) return;
  await writeAsteriskConfig(config);
  writeProgram();
  writeConsoleProgram();
  await startService(service);
}

/**
 * Asterisk's client as the console runs it: by an account without privileges, which may enter no root. The root's own
 * loader starts it; its configuration tells it where the control socket is.
 */
export const consoleProgram = join(paths.bin, 'asterisk-console');

/** What `asterisk -rx` prints for a CLI command. */
export async function asteriskCli(command: string): Promise<string> {
  const { stdout } = await runInRoot(use, ['/usr/sbin/asterisk', '-rx', command]);
  return stdout;
}

async function isFullyBooted(): Promise<boolean> {
  const wait = ['/usr/sbin/asterisk', '-rx', 'core waitfullybooted'];
  const { code, stdout } = await runInRoot(use, wait, { allowFailure: true });
  return code === 0 && stdout.includes('fully booted');
}

function writeProgram(): void {
  const argv = inRoot(use, ['/usr/sbin/asterisk']);
  const quoted = argv.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`);
  mkdirSync(paths.bin, { recursive: true });
  writeFileSync(asteriskProgram, `#!/bin/sh\nexec ${quoted.join(' ')} "$@"\n`);
  chmodSync(asteriskProgram, 0o755);
}

function writeConsoleProgram(): void {
  const { asteriskRoot: root } = paths;
  const config = `${consoleProgram}.conf`;
  writeFileSync(
    config,
    `[directories]\nastetcdir => ${root}/etc/asterisk\nastrundir => ${root}/run/asterisk\n`,
  );
  const script = `#!/bin/sh
root='${root}'
# No $(…): the console may start no process.
for libraries in "$root"/usr/lib/*-linux-gnu; do :; done
for loader in "$libraries"/ld-linux-*.so.*; do :; done
exec "$loader" --library-path "$libraries:$root/usr/lib" "$root/usr/sbin/asterisk" -C '${config}' "$@"
`;
  writeFileSync(consoleProgram, script);
  chmodSync(consoleProgram, 0o755);
}
