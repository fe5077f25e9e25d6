import type { Channel } from './channel.ts';
import type { SimulatedPbx } from './pbx.ts';

/**
 * What a FreePBX-like dialplan does before it dials: subroutine after subroutine, each with its arguments.
 * On real PBXs this makes 72 % of a call's events VarSet.
 */
const steps: readonly (readonly [application: string, data: string, variables: readonly string[]])[] = [
  ['Gosub', 'sub-record-check,s,1(exten,${EXTEN},dontcare)', ['LOCAL(ARGC)', 'LOCAL(ARG1)', 'LOCAL(ARG2)']],
  ['Set', '__REC_POLICY_MODE_SAVE=dontcare', ['__REC_POLICY_MODE_SAVE']],
  ['GotoIf', '$["${BLINDTRANSFER}" = ""]?check', []],
  ['Gosub', 'macro-user-callerid,s,1()', ['LOCAL(ARGC)', 'TOUCH_MONITOR', 'AMPUSER', 'HOTDESCKCHAN']],
  ['Set', 'CALLERID(all)', ['REALCALLERIDNUM', 'AMPUSERCIDNAME', 'AMPUSERCID', 'CDR(cnum)', 'CDR(cnam)']],
  ['Set', 'CHANNEL(language)=en', ['MACRO_DEPTH', 'TTL', 'CALLEE_ACCOUNCODE', 'CWRING']],
  ['ExecIf', '$[${LEN(${FROM_DID})}]?Set(x=1)', ['__FROM_DID', '__CATCHALL', 'DIAL_OPTIONS']],
  [
    'Gosub',
    'ext-local-helper,s,1(${EXTEN})',
    ['LOCAL(ARGC)', 'LOCAL(ARG1)', 'RINGTIMER', 'DSTRING', 'EXTTOCALL'],
  ],
  ['NoOp', 'Returned from lookup', ['GOSUB_RETVAL', 'CONNECTEDLINE(name,i)', 'CONNECTEDLINE(num)']],
];

/** Runs that many steps on the channel. */
export function floodDialplan(pbx: SimulatedPbx, channel: Channel, count: number): void {
  for (let step = 0; step < count; step++) {
    const [application, data, variables] = steps[step % steps.length] ?? ['NoOp', '', []];
    channel.execute(application, data.replace('${EXTEN}', channel.exten));
    channel.priority += 1;
    for (const variable of variables) channel.setVariable(variable, `${channel.exten}-${step}`);
  }
  channel.setVariable('__CALLUUID', pbx.random.uuid());
}
