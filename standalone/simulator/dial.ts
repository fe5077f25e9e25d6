import type { DialStatus } from './causes.ts';
import type { Channel } from './channel.ts';
import type { SimulatedPbx } from './pbx.ts';
import type { Destination } from './phone.ts';

export interface DialResult {
  status: DialStatus;
  /** The channel that answered. */
  callee: Channel | undefined;
  /** The channel that was rung, answered or not. */
  rung: Channel | undefined;
}

const clearedByDial = [
  'DIALSTATUS',
  'DIALEDPEERNUMBER',
  'DIALEDPEERNAME',
  'ANSWEREDTIME',
  'ANSWEREDTIME_MS',
  'DIALEDTIME',
  'DIALEDTIME_MS',
  'RINGTIME',
  'RINGTIME_MS',
  'PROGRESSTIME',
  'PROGRESSTIME_MS',
];

const statusOf = { busy: 'BUSY', unanswered: 'NOANSWER', unreachable: 'CHANUNAVAIL' } as const;
const causeOf: Record<DialStatus, number> = {
  ANSWER: 16,
  BUSY: 17,
  NOANSWER: 19,
  CANCEL: 26,
  CHANUNAVAIL: 20,
  CONGESTION: 34,
};

/** The application Dial: rings the destination for the caller until it answers, refuses or time is up. */
export async function dial(
  pbx: SimulatedPbx,
  caller: Channel,
  destination: Destination,
  timeoutMs: number,
): Promise<DialResult> {
  caller.execute('Dial', `PJSIP/${destination.dialString},${Math.round(timeoutMs / 1000)},tT`);
  for (const variable of clearedByDial) caller.setVariable(variable, '');
  const { plan } = destination;
  if (plan.outcome === 'unreachable') {
    caller.setVariable('DIALSTATUS', 'CHANUNAVAIL');
    return { status: 'CHANUNAVAIL', callee: undefined, rung: undefined };
  }

  const callee = pbx.newChannel({
    base: destination.base,
    state: 0,
    callerNum: destination.number,
    callerName: destination.name,
    context: 'internal',
    exten: 's',
    linkedid: caller.linkedid,
  });
  callee.setVariable('DIALEDPEERNUMBER', destination.dialString);
  callee.exten = caller.exten;
  callee.execute('AppDial', '(Outgoing Line)');
  callee.setConnectedLine(caller.callerNum, caller.callerName);
  const dialed = () => [...caller.snapshot(), ...callee.snapshot('Dest')];
  pbx.emit('call', 'DialBegin', [...dialed(), ['DialString', destination.dialString]]);
  caller.setConnectedLine(destination.number, destination.name);

  const status = await ring(pbx, caller, callee, destination, timeoutMs);
  caller.setVariable('DIALSTATUS', status);
  if (status === 'ANSWER') {
    callee.setState(6);
    caller.setVariable('DIALEDPEERNAME', callee.name);
    caller.setVariable('DIALEDPEERNUMBER', destination.dialString);
  }
  pbx.emit('call', 'DialEnd', [...dialed(), ['DialStatus', status]]);
  if (status === 'ANSWER') return { status, callee, rung: callee };
  callee.hangup(causeOf[status]);
  return { status, callee: undefined, rung: callee };
}

async function ring(
  pbx: SimulatedPbx,
  caller: Channel,
  callee: Channel,
  destination: Destination,
  timeoutMs: number,
): Promise<DialStatus> {
  const { plan } = destination;
  if (plan.outcome !== 'busy') {
    if (!(await pbx.wait(250, caller, callee))) return 'CANCEL';
    callee.setState(5);
    caller.setVariable('RINGTIME', '0');
    caller.setVariable('RINGTIME_MS', '250');
    pbx.emit('call', 'DialState', [
      ...caller.snapshot(),
      ...callee.snapshot('Dest'),
      ['DialStatus', 'RINGING'],
    ]);
  }
  const tooLong = plan.outcome === 'unanswered' || plan.ringMs > timeoutMs;
  if (!(await pbx.wait(tooLong ? timeoutMs : plan.ringMs, caller, callee))) return 'CANCEL';
  if (tooLong) return 'NOANSWER';
  return plan.outcome === 'answered' ? 'ANSWER' : statusOf[plan.outcome];
}

/** The cause that a hang-up after this outcome carries. */
export function causeAfter(status: DialStatus): number {
  return causeOf[status];
}
