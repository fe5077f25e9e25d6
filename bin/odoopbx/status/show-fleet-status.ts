import { showPbx } from '../targets.ts';
import { showSpan } from '../terminal/age.ts';
import type { Colour, Paint } from '../terminal/paint.ts';
import { renderTable } from '../terminal/table.ts';
import type { FleetState, PbxState, TenantState } from './fleet-status.ts';

/** Two tables, and what is not well with the next step. */
export function showFleetStatus({ pbxs, tenants, at }: FleetState, paint: Paint): string {
  const problems = [
    ...pbxs.flatMap((state) => state.problems.map((problem) => `${showPbx(state.pbx)}: ${problem}`)),
    ...tenants.flatMap((state) => state.problems.map((problem) => `${state.tenant}: ${problem}`)),
  ];
  return [
    renderTable(
      [
        { title: 'PBX' },
        { title: 'AGENT' },
        { title: 'VERSION' },
        { title: 'AMI' },
        { title: 'ASTERISK' },
        { title: 'SPOOL', align: 'right' },
        { title: 'OLDEST', align: 'right' },
        { title: 'JOBS', align: 'right' },
        { title: 'LAST EVENT', align: 'right' },
        { title: 'NOTES' },
      ],
      pbxs.map((state) => pbxCells(state, at, paint)),
    ),
    '',
    renderTable(
      [
        { title: 'TENANT' },
        { title: 'INBOX', align: 'right' },
        { title: 'OLDEST', align: 'right' },
        { title: 'PARKED', align: 'right' },
        { title: 'UNDELIVERED', align: 'right' },
        { title: 'LAST SEEN' },
      ],
      tenants.map((state) => tenantCells(state, at, paint)),
    ),
    '',
    problems.length === 0
      ? paint('green', `All is well: ${pbxs.length} PBXs, ${tenants.length} tenants.`)
      : `${paint('red', `${problems.length} not well:`)}${problems.map((problem) => `\n  ${problem}`).join('')}`,
  ].join('\n');
}

const agentColours: Readonly<Record<PbxState['agent'], Colour>> = {
  online: 'green',
  silent: 'red',
  waiting: 'yellow',
  invited: 'yellow',
  'not enrolled': 'yellow',
};

function pbxCells(state: PbxState, now: number, paint: Paint): string[] {
  const { agent, lastSeen, ami, spoolAge, dropped, refusedRules } = state;
  const since = agent === 'silent' && lastSeen !== null ? ` ${showSpan(now - lastSeen)}` : '';
  return [
    showPbx(state.pbx),
    paint(agentColours[agent], `${agent}${since}`),
    state.agentVersion ?? '-',
    ami === null ? '-' : paint(ami === 'connected' ? 'green' : 'red', ami),
    state.asteriskVersion ?? '-',
    count(state.spoolItems),
    spoolAge === null ? '-' : showSpan(spoolAge),
    count(state.jobs),
    state.lastEventAt === null ? '-' : `${showSpan(now - state.lastEventAt)} ago`,
    [
      dropped ? paint('yellow', `${dropped} dropped`) : '',
      refusedRules ? paint('yellow', `${refusedRules} rules refused`) : '',
    ]
      .filter(Boolean)
      .join(', '),
  ];
}

function tenantCells(state: TenantState, now: number, paint: Paint): string[] {
  const lost = (figure: number | null) => (figure ? paint('red', String(figure)) : count(figure));
  return [
    state.tenant,
    count(state.inbox),
    state.inboxAge === null ? '-' : showSpan(state.inboxAge),
    lost(state.parked),
    lost(state.undelivered),
    state.lastSeen === null ? 'never' : `${showSpan(now - state.lastSeen)} ago`,
  ];
}

function count(figure: number | null): string {
  return figure === null ? '-' : String(figure);
}
