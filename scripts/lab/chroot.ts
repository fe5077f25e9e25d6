import { run } from './run.ts';
import type { RunOptions, RunResult } from './run.ts';

export interface RootUse {
  /** The folder that becomes `/`. */
  readonly root: string;
  readonly user?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** A folder of this machine that appears, read-only, as `/mnt/checkout`. */
  readonly checkout?: string;
  readonly cwd?: string;
}

// /dev, /proc and the checkout are mounted in a mount namespace of the process's own: the mounts
// vanish with it, so none is ever left for `rm -rf` to walk into, and each process may see
// another checkout.
const enter = `set -e
mount --rbind /dev "$LAB_ROOT/dev"
mount -t proc proc "$LAB_ROOT/proc"
if [ -n "$LAB_CHECKOUT" ]; then
  mkdir -p "$LAB_ROOT/mnt/checkout"
  mount --bind "$LAB_CHECKOUT" "$LAB_ROOT/mnt/checkout"
  mount -o remount,bind,ro "$LAB_ROOT/mnt/checkout"
fi
root=$LAB_ROOT user=$LAB_USER
unset LAB_ROOT LAB_USER LAB_CHECKOUT
`;

const become = 'exec chroot --userspec="$user:" "$root" "$@"';

// The shell stays as process 1 of the namespace: it dies with us and takes the others along. The
// command itself would not, once it changed its user (as chroot and apt-get do): that clears the
// death signal.
const runAsChild = 'chroot --userspec="$user:" "$root" "$@"; exit $?';

/** The command line that becomes `argv` inside the root: one process, its id is the service's. */
export function inRoot(use: RootUse, argv: readonly string[]): string[] {
  return ['unshare', '--mount', ...entering(use, become, argv)];
}

/** Runs a command inside the root; it and all it started end with this process. */
export function runInRoot(
  use: RootUse,
  argv: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const isolated = ['unshare', '--mount', '--pid', '--fork', '--kill-child=KILL'];
  return run([...isolated, ...entering(use, runAsChild, argv)], { title: argv.join(' '), ...options });
}

function entering(use: RootUse, how: string, argv: readonly string[]): string[] {
  const user = use.user ?? 'root';
  const outside = { LAB_ROOT: use.root, LAB_USER: user, LAB_CHECKOUT: use.checkout ?? '' };
  const inside = {
    PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
    LANG: 'C.UTF-8',
    TERM: 'xterm',
    HOME: user === 'root' ? '/root' : '/tmp',
    ...use.env,
  };
  const enterRoot = ['env', ...assignments(outside), 'sh', '-c', enter + how, 'sh'];
  return [...enterRoot, 'env', '-i', '-C', use.cwd ?? '/', ...assignments(inside), ...argv];
}

function assignments(env: Readonly<Record<string, string>>): string[] {
  return Object.entries(env).map(([name, value]) => `${name}=${value}`);
}
