import type { PbxId } from '#core/contracts/names.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { Host } from '#core/ports/host.ts';
import { setupFailed } from './asterisk-cli.ts';

/** Where the unit looks: `packaging/systemd/odoopbx-agent@.service`. */
export const serviceFolders = {
  configDir: '/etc/odoopbx-agent',
  stateRoot: '/var/lib/odoopbx-agent',
} as const;

function unitOf(pbx: PbxId): string {
  return `odoopbx-agent@${pbx}.service`;
}

/** Whether systemd runs this machine (sd_booted(3)). */
export function systemdRuns(host: Host): boolean {
  return host.list('/run/systemd').includes('system');
}

/** Enables the instance and starts it, or starts it anew with what was written. Rejects SETUP_FAILED. */
export async function startService(pbx: PbxId, host: Host, clock: Clock): Promise<void> {
  const unit = unitOf(pbx);
  for (const verb of ['enable', 'restart']) {
    const { code, stderr } = await host.run('systemctl', [verb, unit], { timeoutMs: 120_000 });
    if (code === 0) continue;
    throw setupFailed(
      `systemctl ${verb} ${unit} failed: ${stderr.trim() || `code ${code}`}. ${seeWhy(unit)}`,
    );
  }
  // One that dies at once has had the time to.
  await clock.sleep(2000);
  const { stdout } = await host.run('systemctl', ['is-active', unit], { timeoutMs: 15_000 });
  if (stdout.trim() === 'active') return;
  throw setupFailed(`${unit} did not stay up (${stdout.trim()}). ${seeWhy(unit)}`);
}

function seeWhy(unit: string): string {
  return `See journalctl -u ${unit}`;
}
