import { existsSync } from 'node:fs';
import { platform } from 'node:os';

/** Exit code of every lab command on a machine where the lab cannot be; `npm test` reads it. */
export const notPossibleExitCode = 3;

export class LabNotPossible extends Error {
  override name = 'LabNotPossible';
}

/** Why the lab cannot be on this machine, or undefined where it can. */
export function whyNotPossible(): string | undefined {
  if (platform() !== 'linux' || !existsSync('/etc/debian_version')) {
    return 'it installs Debian packages, and this is not a Debian machine';
  }
  if (process.getuid?.() !== 0) {
    return 'it needs root (it makes Debian root folders and enters them with chroot)';
  }
  return undefined;
}

export function requirePossible(): void {
  const why = whyNotPossible();
  if (why !== undefined) throw new LabNotPossible(`The lab cannot run here: ${why}.`);
}
