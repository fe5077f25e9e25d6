import { cloudFails, showCloud } from './cloud-status.ts';
import type { Delivery, StatusFile } from './status-file.ts';

export type Liveness = 'online' | 'failing' | 'stale' | 'offline';

/**
 * online: written lately and connected to Asterisk; failing: so, but Odoo (standalone) or the cloud takes nothing;
 * stale: the agent stopped writing; offline: the rest.
 */
export function livenessOf(
  { status, everySeconds, delivery, cloud }: StatusFile,
  nowSeconds: number,
): Liveness {
  if (nowSeconds - status.at > everySeconds * 2 + 5) return 'stale';
  if (status.ami.state !== 'connected') return 'offline';
  return delivery?.failing || (cloud && cloudFails(cloud)) ? 'failing' : 'online';
}

/** A table for a person, one fact per line. */
export function showStatus(file: StatusFile, nowSeconds: number): string {
  const { status } = file;
  const { ami, spool, counts } = status;
  const since = (at: number) => age(nowSeconds - at);
  const rows: [string, string][] = [
    ['PBX', status.pbx],
    ['State', `${livenessOf(file, nowSeconds)}, heard of ${since(status.at)} ago (pid ${file.pid})`],
    ['Agent', `version ${status.agentVersion}, up for ${since(status.startedAt)}`],
    [
      'AMI',
      [ami.state, `for ${since(ami.since)}`, ami.error ? `(${ami.error})` : ''].filter(Boolean).join(' '),
    ],
    ['Asterisk', ami.asteriskVersion ?? 'unknown'],
    ['Events', `${counts.received} received, ${counts.matched} wanted, ${counts.published} published`],
    ...(status.lastEventAt ? [['Last event', `${since(status.lastEventAt)} ago`] as [string, string]] : []),
    [
      'Spool',
      `${spool.items} items, ${spool.bytes} bytes${spool.oldestAt === null ? '' : `, oldest ${since(spool.oldestAt)}`}`,
    ],
    ['Lost', `${counts.dropped} dropped, ${counts.truncated} truncated, ${counts.setAside} set aside`],
    ...(file.delivery ? [['Odoo', showDelivery(file.delivery)] as [string, string]] : []),
    ...(file.cloud ? showCloud(file.cloud, nowSeconds, age) : []),
    ['Jobs', String(counts.jobs)],
    ['Rules', status.rulesVersion === null ? 'none yet' : `version ${status.rulesVersion.slice(0, 12)}`],
    ...(counts.conditionErrors > 0
      ? [['Conditions', `${counts.conditionErrors} raised`] as [string, string]]
      : []),
    ...status.refusedRules.map((rule): [string, string] => ['Refused', `rule ${rule.id}: ${rule.message}`]),
    ['Console', showConsole(status)],
  ];
  return rows.map(([name, value]) => `${name.padEnd(11)}  ${value}`).join('\n');
}

function showConsole({ consoleEnabled, consoleProblem }: StatusFile['status']): string {
  if (consoleEnabled) return 'enabled';
  return consoleProblem === undefined ? 'disabled' : `enabled, but refused: ${consoleProblem}`;
}

function showDelivery({ waiting, parked, failing }: Delivery): string {
  const numbers = `${waiting} on the way, ${parked} given up`;
  return failing ? `${numbers}; fails: ${failing.message} (${failing.code})` : numbers;
}

function age(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 120) return `${whole} s`;
  if (whole < 7200) return `${Math.floor(whole / 60)} min`;
  return whole < 172_800 ? `${Math.floor(whole / 3600)} h` : `${Math.floor(whole / 86_400)} d`;
}
