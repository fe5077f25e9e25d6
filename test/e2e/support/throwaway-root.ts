import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inRoot } from '#scripts/lab/chroot.ts';
import { type RunResult, run } from '#scripts/lab/run.ts';
import { paths } from '#scripts/lab/settings.ts';

/**
 * A Debian to install in: the lab's trixie root with a layer of its own on top that takes all changes. The layers
 * are joined in the mount namespace of each command, so that no mount is left behind.
 */
export class ThrowawayRoot {
  readonly #folder: string;
  /** What was changed. */
  readonly changes: string;

  private constructor(above: string) {
    this.#folder = mkdtempSync(join(above, 'odoopbx-root-'));
    this.changes = join(this.#folder, 'changes');
    for (const name of ['changes', 'work', 'root']) mkdirSync(join(this.#folder, name));
  }

  /** Rejects, saying why, where no such layer can be. */
  static async make(): Promise<ThrowawayRoot> {
    const reasons: string[] = [];
    // In a container the temporary folder may be a layer itself, which can not carry another.
    for (const above of [tmpdir(), '/dev/shm']) {
      const root = new ThrowawayRoot(above);
      const { code, stderr } = await root.run(['true'], { allowFailure: true });
      if (code === 0) return root;
      root.remove();
      reasons.push(stderr.trim());
    }
    throw new Error(`no layer over ${paths.odooRoot} can be mounted here: ${reasons.join('; ')}`);
  }

  run(
    argv: readonly string[],
    options: { user?: string; input?: string; allowFailure?: boolean } = {},
  ): Promise<RunResult> {
    const { user, ...rest } = options;
    return run(this.#argv(argv, user), { title: argv.join(' '), ...rest });
  }

  /** A process that goes on; its id is the program's own. */
  start(argv: readonly string[], user: string): ChildProcess {
    return spawn('setpriv', ['--pdeathsig', 'KILL', ...this.#argv(argv, user)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  async write(path: string, content: string, mode: string): Promise<void> {
    const script = 'mkdir -p "${1%/*}" && rm -f "$1" && cat >"$1" && chmod "$2" "$1"';
    await this.run(['sh', '-c', script, 'sh', path, mode], { input: content });
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #argv(argv: readonly string[], user: string | undefined): string[] {
    const root = join(this.#folder, 'root');
    const layers = `lowerdir=${paths.odooRoot},upperdir=${this.changes},workdir=${join(this.#folder, 'work')}`;
    const mount = 'mount -t overlay overlay -o "$1" "$2" && shift 2 && exec "$@"';
    const inner = inRoot({ root, ...(user === undefined ? {} : { user }) }, argv);
    return ['unshare', '--mount', 'sh', '-c', mount, 'sh', layers, root, ...inner];
  }
}
