import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import type { Host } from '#core/ports/host.ts';

/** Runs one command of Asterisk's CLI; resolves with what it prints. Rejects SETUP_FAILED. */
export type AsteriskCli = (command: string) => Promise<string>;

/** `asterisk -rx COMMAND`, which Asterisk's own user and root may. */
export function createAsteriskCli(host: Host, program: string): AsteriskCli {
  return async (command) => {
    const { code, stdout, stderr } = await host.run(program, ['-rx', command], { timeoutMs: 15_000 });
    if (code === 0) return stdout;
    if (code === 127) {
      throw setupFailed(`there is no program ${program}: is Asterisk on this machine? (--asterisk PROGRAM)`);
    }
    const why = (stderr || stdout).trim().split('\n')[0] ?? '';
    throw setupFailed(
      `Asterisk does not answer (${program} -rx "${command}"): ${why}. Does it run, and are you root?`,
    );
  };
}

export function setupFailed(message: string, cause?: unknown): OdoopbxError {
  return new OdoopbxError('SETUP_FAILED', message, cause === undefined ? {} : { cause });
}
