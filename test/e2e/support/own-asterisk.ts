import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inRoot, runInRoot } from '#scripts/lab/chroot.ts';
import { paths } from '#scripts/lab/settings.ts';
import { waitFor } from './wait-for.ts';

const root = paths.asteriskRoot;
const use = { root, user: 'asterisk' };

/** An Asterisk of a test's own: the lab's program with another configuration, without modules. */
export interface OwnAsterisk {
  /** As this machine sees it. */
  configDir: string;
  /** Runs the CLI, as `asterisk` does on a PBX. */
  program: string;
  port: number;
  cli(command: string): Promise<string>;
  stop(): Promise<void>;
}

/** `files` by path in the configuration's folder; `{{port}}` in them is the port that AMI is to have. */
export async function startOwnAsterisk(
  lab: { configDir: string },
  port: number,
  files: Readonly<Record<string, string>>,
): Promise<OwnAsterisk> {
  const outside = mkdtempSync(join(root, 'tmp/own-asterisk-'));
  const inside = outside.slice(root.length);
  const configDir = join(outside, 'etc');
  for (const folder of ['etc', 'run', 'log', 'lib']) mkdirSync(join(outside, folder));
  const moduleDir = /^astmoddir.*$/m.exec(await labFile(lab.configDir))?.[0] ?? '';
  const blank = [
    'logger',
    'acl',
    'ccss',
    'cel',
    'cdr',
    'pjproject',
    'stasis',
    'udptl',
    'features',
    'indications',
  ];
  const all = {
    ...Object.fromEntries(blank.map((name) => [`${name}.conf`, ''])),
    'asterisk.conf': `[directories]
astetcdir => ${inside}/etc
${moduleDir}
astvarlibdir => ${inside}/lib
astdbdir => ${inside}/lib
astdatadir => /usr/share/asterisk
astspooldir => ${inside}/lib
astrundir => ${inside}/run
astlogdir => ${inside}/log
[options]
systemname = own
nocolor = yes
`,
    'modules.conf': '[modules]\nautoload = no\n',
    ...files,
  };
  for (const [name, text] of Object.entries(all)) {
    mkdirSync(dirname(join(configDir, name)), { recursive: true });
    writeFileSync(join(configDir, name), text.replaceAll('{{port}}', String(port)), { mode: 0o640 });
  }
  chmodSync(outside, 0o755);
  await runInRoot({ root }, ['chown', '-R', 'asterisk:asterisk', inside]);

  const argv = inRoot(use, ['/usr/sbin/asterisk', '-C', `${inside}/etc/asterisk.conf`]);
  const scripts = mkdtempSync(join(tmpdir(), 'own-asterisk-'));
  const program = join(scripts, 'asterisk');
  const quoted = argv.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`);
  writeFileSync(program, `#!/bin/sh\nexec ${quoted.join(' ')} "$@"\n`, { mode: 0o755 });
  const server = spawn(program, ['-f', '-q'], { stdio: 'ignore' });
  const ended = once(server, 'exit');
  const cli = async (command: string): Promise<string> => {
    const ask = ['/usr/sbin/asterisk', '-C', `${inside}/etc/asterisk.conf`, '-rx', command];
    return (await runInRoot(use, ask, { allowFailure: true })).stdout;
  };
  await waitFor('the Asterisk of this test', async () =>
    (await cli('core waitfullybooted')).includes('fully booted'),
  );
  return {
    configDir,
    program,
    port,
    cli,
    async stop() {
      server.kill('SIGKILL');
      await ended;
      rmSync(outside, { recursive: true, force: true });
      rmSync(scripts, { recursive: true, force: true });
    },
  };
}

async function labFile(configDir: string): Promise<string> {
  const { readFile } = await import('node:fs/promises');
  return readFile(join(configDir, 'asterisk.conf'), 'utf8');
}
