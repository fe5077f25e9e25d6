import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { removeTree } from './build-steps.ts';
import type { BuildStep } from './build-steps.ts';
import { runInRoot } from './chroot.ts';
import { run } from './run.ts';
import { paths } from './settings.ts';

const noninteractive = { DEBIAN_FRONTEND: 'noninteractive' };

const aptSettings = `Acquire::Check-Valid-Until "false";
Acquire::Retries "5";
Acquire::Languages "none";
APT::Install-Recommends "false";
`;

const dpkgSettings = `force-unsafe-io
force-confold
path-exclude=/usr/share/doc/*
path-exclude=/usr/share/man/*
path-exclude=/usr/share/locale/*
`;

// What runs in the lab has no business outside 127.0.0.1; only apt looks names up.
const noNameServers = '# none: the lab looks at 127.0.0.1 only\n';

/** Installs packages on this machine where they are missing. */
export async function installOnHost(packages: readonly string[]): Promise<void> {
  const installed = await run(['dpkg-query', '-W', '-f', '${Package} ${Status}\n', ...packages], {
    allowFailure: true,
  });
  const missing = packages.filter((name) => !installed.stdout.includes(`${name} install ok installed`));
  if (missing.length === 0) return;
  await run(['apt-get', 'update', '-qq', '-o', 'Acquire::Retries=5'], { env: noninteractive });
  const install = ['apt-get', 'install', '-qq', '-y', '--no-install-recommends', ...missing];
  await run(install, { env: noninteractive });
}

/** A bare Debian of the given suite. */
export function bareDebian(name: string, root: string, suite: string): BuildStep {
  return {
    name: `${name}: debootstrap ${suite}`,
    recipe: [suite, aptSettings, dpkgSettings].join('\n'),
    build: async () => {
      await removeTree(root);
      const logFile = buildLog(root);
      const namespace = ['unshare', '--mount', '--pid', '--fork', '--kill-child=KILL', '--mount-proc'];
      const debootstrap = ['debootstrap', '--variant=minbase', suite, root, await mirror()];
      await run([...namespace, ...debootstrap], { logFile, env: noninteractive });
      await writeFile(join(root, 'usr/sbin/policy-rc.d'), '#!/bin/sh\nexit 101\n');
      await chmod(join(root, 'usr/sbin/policy-rc.d'), 0o755);
      await writeFile(join(root, 'etc/apt/apt.conf.d/90lab'), aptSettings);
      await writeFile(join(root, 'etc/dpkg/dpkg.cfg.d/90lab'), dpkgSettings);
    },
  };
}

/** Packages installed in a root. */
export function packages(name: string, root: string, names: readonly string[]): BuildStep {
  return {
    name: `${name}: ${names.join(' ')}`,
    recipe: [...names, noNameServers].join(' '),
    build: async () => {
      const logFile = buildLog(root);
      const use = { root, env: noninteractive };
      await copyFile('/etc/resolv.conf', join(root, 'etc/resolv.conf'));
      await runInRoot(use, ['apt-get', 'update', '-q'], { logFile });
      await runInRoot(use, ['apt-get', 'install', '-q', '-y', ...names], { logFile });
      await runInRoot(use, ['apt-get', 'clean'], { logFile });
      await writeFile(join(root, 'etc/resolv.conf'), noNameServers);
      await writeFile(join(root, 'etc/hosts'), '127.0.0.1 localhost\n');
    },
  };
}

/** The version of a package installed in a root, without epoch and Debian revision. */
export async function packageVersion(root: string, name: string): Promise<string> {
  const query = ['dpkg-query', `--admindir=${root}/var/lib/dpkg`, '-W', '-f', '${Version}', name];
  const { stdout } = await run(query, { allowFailure: true });
  return stdout.replace(/^\d+:/, '').replace(/[-+~].*$/, '');
}

/** Where this machine itself gets its Debian packages from. */
export async function mirror(): Promise<string> {
  const format = ['--format', '$(SITE) $(RELEASE) $(LABEL)'];
  const { stdout } = await run(['apt-get', 'indextargets', ...format, 'Created-By: Packages']);
  const own = stdout.split('\n').find((line) => /^\S+ [a-z]+ Debian$/.test(line));
  const site = own?.split(' ')[0];
  if (site === undefined) {
    throw new Error('No Debian mirror is configured for apt on this machine (apt-get indextargets)');
  }
  return site;
}

function buildLog(root: string): string {
  return join(paths.log, `build-${root.slice(root.lastIndexOf('/') + 1)}.log`);
}

export async function writeInRoot(root: string, path: string, content: string): Promise<void> {
  const file = join(root, path);
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, content);
}
