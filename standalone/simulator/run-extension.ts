import { talk } from './bridge.ts';
import { writeCdr, type CallRecord } from './cdr.ts';
import type { DialStatus } from './causes.ts';
import type { Channel } from './channel.ts';
import { causeAfter, dial } from './dial.ts';
import { floodDialplan } from './dialplan-flood.ts';
import type { SimulatedPbx } from './pbx.ts';
import { findDestination, type PhonePlan } from './phone.ts';
import { setRtpQuality } from './rtp-quality.ts';

export interface ExtensionRun {
  /** How the destination shall behave, where the caller's scenario decides it. */
  plan?: PhonePlan;
  dialTimeoutMs?: number;
  /** Write the recording's variables and the UserEvent of an answered call. */
  recorded?: boolean;
  /** Called when the destination answered: the other half of a Local channel goes up with it. */
  answered?: () => void;
}

const dispositions: Record<DialStatus, CallRecord['disposition']> = {
  ANSWER: 'ANSWERED',
  BUSY: 'BUSY',
  NOANSWER: 'NO ANSWER',
  CANCEL: 'NO ANSWER',
  CHANUNAVAIL: 'FAILED',
  CONGESTION: 'CONGESTION',
};

/** Runs the dialplan on a channel until the channel is gone: dial, talk, hang up, Cdr. */
export async function runExtension(
  pbx: SimulatedPbx,
  caller: Channel,
  run: ExtensionRun = {},
): Promise<DialStatus | 'NO EXTENSION'> {
  const { exten, context } = caller;
  const destination = findDestination(pbx, exten);
  floodDialplan(pbx, caller, pbx.settings.dialplanSteps);
  if (!destination) {
    caller.hangup(3);
    return 'NO EXTENSION';
  }
  const called = run.plan ? { ...destination, plan: run.plan } : destination;
  const dialled = await dial(pbx, caller, called, run.dialTimeoutMs ?? 20_000);
  const { callee } = dialled;
  const answeredAt = callee ? pbx.now() : undefined;
  if (callee) {
    caller.setState(6);
    run.answered?.();
    if (run.recorded) record(pbx, caller);
    callee.exten = '';
    callee.execute('AppDial', '(Outgoing Line)');
    setAfterTalk(pbx, caller, callee, await talk(pbx, caller, callee, called.plan.talkMs));
  }
  if (pbx.closing) return dialled.status;

  const cause = caller.hungUp ? caller.hangupCause : causeAfter(dialled.status);
  pbx.emit('call', 'SoftHangupRequest', [...caller.snapshot(), ['Cause', String(cause)]]);
  const cdr: CallRecord = {
    caller,
    destination: exten,
    destinationContext: context,
    callee: dialled.rung,
    lastApplication: 'Dial',
    lastData: caller.applicationData,
    disposition: dispositions[dialled.status],
    answeredAt,
  };
  callee?.hangup(cause);
  // Asterisk writes the Cdr now before, now after the caller's Hangup.
  const cdrFirst = pbx.random.chance(0.5);
  if (cdrFirst) writeCdr(pbx, cdr);
  caller.hangup(cause);
  if (!cdrFirst) writeCdr(pbx, cdr);
  return dialled.status;
}

function setAfterTalk(pbx: SimulatedPbx, caller: Channel, callee: Channel, talk: { ended: boolean }): void {
  setRtpQuality(pbx, caller, callee);
  setRtpQuality(pbx, callee, undefined);
  const lived = (from: number | undefined) =>
    from === undefined ? 0 : (pbx.now() - from) * pbx.settings.speed;
  for (const [name, ms] of [
    ['ANSWEREDTIME', lived(callee.answeredAt)],
    ['DIALEDTIME', lived(callee.createdAt)],
  ] as const) {
    caller.setVariable(name, String(Math.floor(ms / 1000)));
    caller.setVariable(`${name}_MS`, String(Math.floor(ms)));
  }
  if (talk.ended) pbx.emit('call', 'HangupRequest', [...caller.snapshot(), ['Cause', '16']]);
}

function record(pbx: SimulatedPbx, caller: Channel): void {
  const file = `/var/spool/asterisk/monitor/${caller.uniqueid}.wav`;
  caller.execute('MixMonitor', `${file},b,`);
  caller.setVariable('MIXMONITOR_FILENAME', file);
  pbx.emit('user', 'UserEvent', [
    ...caller.snapshot(),
    ['UserEvent', 'CallAnswered'],
    ['Number', caller.callerNum],
    ['Name', caller.callerName],
  ]);
}
