import type { PbxRow } from '#aws/pbx-rows.ts';
import type { PbxId } from '#core/contracts/names.ts';
import { showSpan } from '../terminal/age.ts';
import type { AgentState, PbxState } from './fleet-status.ts';

/** The door refuses jobs then (503), and the alarm counts it. */
const silentSeconds = 180;

/** The bus takes what the spool holds within seconds: an older item means that it does not. */
const spoolSeconds = 300;

/** `now`: Unix seconds. `jobs`: depth of its queue; null: there is none. */
export function judgePbx(pbx: PbxId, row: PbxRow | undefined, jobs: number | null, now: number): PbxState {
  const lastSeen = row?.lastSeen ?? null;
  const agent = agentState(row, lastSeen, now);
  const status = lastSeen === null ? null : (row?.status ?? null);
  const oldestAt = status?.spool.oldestAt ?? null;
  const state: PbxState = {
    pbx,
    agent,
    agentVersion: status?.agentVersion ?? null,
    lastSeen,
    ami: status?.ami.state ?? null,
    amiError: status?.ami.error ?? null,
    asteriskVersion: status?.ami.asteriskVersion ?? null,
    spoolItems: status?.spool.items ?? null,
    // By the agent's own clock, which both instants come from.
    spoolAge: status === null || oldestAt === null ? null : Math.max(0, status.at - oldestAt),
    lastEventAt: lastEventOf(status, lastSeen),
    dropped: status?.counts.dropped ?? null,
    refusedRules: status?.refusedRules.length ?? null,
    jobs,
    problems: [],
  };
  return { ...state, problems: problemsOf(state, now) };
}

/** By the cloud's clock: the PBX's may be wrong. */
function lastEventOf(status: PbxRow['status'], lastSeen: number | null): number | null {
  const at = status?.lastEventAt ?? null;
  return status === null || at === null || lastSeen === null ? null : lastSeen - Math.max(0, status.at - at);
}

function agentState(row: PbxRow | undefined, lastSeen: number | null, now: number): AgentState {
  if (lastSeen === null) {
    if (row?.certificateId) return 'waiting';
    return row?.openCode ? 'invited' : 'not enrolled';
  }
  return now - lastSeen > silentSeconds ? 'silent' : 'online';
}

function problemsOf(state: PbxState, now: number): string[] {
  const { pbx, agent, lastSeen, ami, amiError, spoolAge, spoolItems, jobs } = state;
  const target = pbx.replace('_', '/');
  if (jobs === null) return [`not deployed: odoopbx deploy ${pbx.slice(0, pbx.indexOf('_'))}`];
  if (agent === 'not enrolled') return [`no agent yet: odoopbx invite ${target}`];
  if (agent === 'invited')
    return [`invited, but not enrolled yet: run the line of odoopbx invite ${target} there`];
  if (agent === 'waiting') return [`enrolled, but its agent never reported: see its log on the PBX`];
  if (agent === 'silent') {
    const span = showSpan(now - (lastSeen ?? now));
    return [`agent silent for ${span}: on the PBX, systemctl status odoopbx-agent@${pbx}`];
  }
  const problems: string[] = [];
  if (ami !== 'connected')
    problems.push(`AMI ${ami ?? 'unknown'}${amiError === null ? '' : `: ${amiError}`}`);
  if (spoolAge !== null && spoolAge > spoolSeconds) {
    problems.push(`${spoolItems ?? 0} events wait in the spool, the oldest for ${showSpan(spoolAge)}`);
  }
  return problems;
}
