import type { PbxRow } from '#aws/pbx-rows.ts';
import { pbxIdsOf } from '#core/fleet/fleet.ts';
import type { Certificate } from '../cloud/identities.ts';
import { inParallel } from '../in-parallel.ts';
import { judgePbx } from '../status/judge-pbx.ts';
import { showPbx } from '../targets.ts';
import { showSpan } from '../terminal/age.ts';
import { type Check, type Examine, summed } from './check.ts';

/** AWS IoT answers about ten such requests a second in a small account. */
const iotRequestsAtATime = 8;

/** More than the way from agent to cloud takes. */
const clockSeconds = 60;

export const examineIdentities: Examine = async ({ tenants, names, cloud }) => {
  const pbxs = pbxIdsOf({ tenants });
  const checks = await inParallel(
    pbxs,
    async (pbx): Promise<Check[]> => {
      if (!(await cloud.identities.exists(pbx))) {
        const next = `odoopbx deploy ${pbx.slice(0, pbx.indexOf('_'))}`;
        return [{ name: `thing ${pbx}`, state: 'fail', message: 'not there', next }];
      }
      const problem = certificateProblem(await cloud.identities.certificates(pbx), names.iotPolicy);
      if (problem === undefined) return [];
      return [{ name: `thing ${pbx}`, next: `odoopbx invite ${showPbx(pbx)}`, ...problem }];
    },
    iotRequestsAtATime,
  );
  return summed('identities', `${pbxs.length} PBXs have a thing with an active certificate`, checks.flat());
};

function certificateProblem(
  certificates: readonly Certificate[],
  policy: string,
): Pick<Check, 'state' | 'message'> | undefined {
  const active = certificates.filter(({ status }) => status === 'ACTIVE');
  if (certificates.length === 0)
    return { state: 'warn', message: 'no certificate: not enrolled, or revoked' };
  if (active.length === 0) return { state: 'fail', message: `its certificate is ${certificates[0]?.status}` };
  if (!active.some(({ policies }) => policies.includes(policy))) {
    return { state: 'fail', message: `its certificate lacks the policy ${policy}` };
  }
  if (active.length > 1) {
    return {
      state: 'warn',
      message: `${active.length} active certificates: revoke and enrol anew if one is stolen`,
    };
  }
  return undefined;
}

export const examineAgents: Examine = async ({ tenants, cloud, now, version }) => {
  const pbxs = pbxIdsOf({ tenants });
  const rows = await cloud.pbxRows.read(pbxs);
  const checks = [
    ...clockChecks(rows.values(), now),
    ...pbxs.flatMap((pbx) => agentChecks(pbx, rows.get(pbx), now, version)),
  ];
  return summed(
    'agents',
    `all ${pbxs.length} are online with version ${version}, their clocks agree`,
    checks,
  );
};

/** Nothing is broken: somebody has yet to do something. */
const yetToCome: ReadonlySet<string> = new Set(['not enrolled', 'invited']);

function agentChecks(pbx: string, row: PbxRow | undefined, now: number, version: string): Check[] {
  const name = `agent ${pbx}`;
  // Whether there is a queue is another check's question.
  const state = judgePbx(pbx, row, 0, now);
  const checks = state.problems.map((problem): Check => {
    const [message = '', next] = problem.split(/: (?=odoopbx |on the PBX|run |see )/);
    return { name, state: yetToCome.has(state.agent) ? 'warn' : 'fail', message, ...(next && { next }) };
  });
  if (row?.keyHashes.length === 0 || !row) {
    const next = `odoopbx key rotate ${showPbx(pbx)}`;
    checks.push({ name, state: 'warn', message: 'no door key: Odoo can not hand in jobs', next });
  }
  if (state.agentVersion !== null && state.agentVersion !== version) {
    const next = 'update the package odoopbx-agent on the PBX';
    checks.push({
      name,
      state: 'warn',
      message: `runs version ${state.agentVersion}, this is ${version}`,
      next,
    });
  }
  const { status, lastSeen } = row ?? {};
  if (status?.consoleProblem !== undefined) {
    const message = `its console is enabled and refused: ${status.consoleProblem}`;
    checks.push({ name, state: 'warn', message, next: 'on the PBX: odoopbx-agent setup-console' });
  }
  const skew = status && lastSeen ? status.at - lastSeen : 0;
  if (Math.abs(skew) > clockSeconds) {
    const message = `its clock is ${showSpan(Math.abs(skew))} ${skew > 0 ? 'ahead' : 'behind'}`;
    checks.push({ name, state: 'warn', message, next: 'run chrony or systemd-timesyncd on the PBX' });
  }
  return checks;
}

/** Ages are reckoned by this machine's clock: the cloud's must not be ahead of it. */
function clockChecks(rows: Iterable<PbxRow>, now: number): Check[] {
  const latest = Math.max(0, ...Array.from(rows, ({ lastSeen }) => lastSeen ?? 0));
  if (latest <= now + clockSeconds) return [];
  const message = `this machine's clock is at least ${showSpan(latest - now)} behind: the ages shown are wrong`;
  return [{ name: 'clock', state: 'warn', message, next: 'set the clock (chrony, systemd-timesyncd)' }];
}
