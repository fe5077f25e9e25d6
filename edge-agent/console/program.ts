/** The command line and the environment of a console's program. */
import { OdoopbxError } from '#core/errors/odoopbx-error.ts';

export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

export interface ProgramOptions {
  /** Asterisk's client: its last argument is `-r…`. */
  readonly command: readonly string[];
  readonly shell: boolean;
  /** Whether this process is root. */
  readonly isRoot: boolean;
  /** Whom root becomes; undefined where none is named. */
  readonly account: Account | undefined;
}

/** Of one session: a runaway program must not take the PBX along. */
const limits = ['--core=0', '--nofile=256', '--cpu=3600', `--as=${2 ** 30}`];

/**
 * Throws CONSOLE_UNSAFE where it would run as root: root is exempt from RLIMIT_NPROC, and Asterisk asks root for no
 * permissions.
 */
export function programLine(options: ProgramOptions, command = options.command): string[] {
  const { shell, isRoot, account } = options;
  if (isRoot && (account === undefined || account.uid === 0)) {
    throw new OdoopbxError(
      'CONSOLE_UNSAFE',
      'the agent runs as root: name in console.user an account without privileges that the console runs as',
    );
  }
  const become =
    isRoot && account
      ? [
          `--reuid=${account.uid}`,
          `--regid=${account.gid}`,
          '--init-groups',
          '--inh-caps=-all',
          '--bounding-set=-all',
        ]
      : [];
  const privileges = shell ? become : [...become, '--no-new-privs'];
  return [
    ...(privileges.length > 0 ? ['setpriv', ...privileges, '--'] : []),
    'prlimit',
    ...limits,
    // After the account was changed: a change to an account over this limit makes the next exec fail.
    ...(shell ? [] : ['--nproc=0']),
    '--',
    ...command,
  ];
}

/** The same client, for one command instead of a terminal: `asterisk -rx COMMAND`. */
export function oneCommand(command: readonly string[], text: string): string[] {
  const last = command.at(-1) ?? '';
  if (!/^-[a-z]*r[a-z]*$/i.test(last)) {
    throw new OdoopbxError(
      'CONSOLE_UNSAFE',
      'the last word of console.command must be Asterisk’s -r…, so that what it permits can be asked',
    );
  }
  return [...command.slice(0, -1), '-rx', text];
}

/** Nothing of the agent's own environment, which may hold secrets. */
export function programEnvironment(account: Account | undefined): Record<string, string> {
  return {
    TERM: 'xterm-256color',
    LANG: 'C.UTF-8',
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    // Asterisk's client keeps its history there: nothing is to be kept.
    HOME: '/nonexistent',
    SHELL: '/bin/sh',
    ...(account ? { USER: account.name, LOGNAME: account.name } : {}),
  };
}
