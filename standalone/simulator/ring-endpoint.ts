import type { DialStatus } from './causes.ts';
import type { Channel } from './channel.ts';
import { causeAfter } from './dial.ts';
import { prepare, proceed, type FirstLeg, type OriginateRequest } from './originated-leg.ts';
import type { SimulatedPbx } from './pbx.ts';
import type { Destination } from './phone.ts';

/** Originate to a phone or a trunk: the first leg, up to its answer. */
export async function ringEndpoint(
  pbx: SimulatedPbx,
  request: OriginateRequest,
  destination: Destination | undefined,
): Promise<FirstLeg> {
  if (!destination || destination.plan.outcome === 'unreachable') {
    return { status: 'CHANUNAVAIL', channel: undefined };
  }
  const channel = pbx.newChannel({
    base: destination.base,
    state: 0,
    callerNum: destination.number,
    callerName: destination.name,
    context: 'internal',
    exten: 's',
    ...(request.channelId === '' ? {} : { uniqueid: request.channelId }),
  });
  channel.execute('AppDial2', '(Outgoing Line)');
  prepare(channel, request);
  pbx.emit('call', 'DialBegin', [...channel.snapshot('Dest'), ['DialString', destination.dialString]]);

  const status = await ring(pbx, channel, destination, request.timeoutMs);
  if (status === 'ANSWER') channel.setState(6);
  pbx.emit('call', 'DialEnd', [...channel.snapshot('Dest'), ['DialStatus', status]]);
  if (status !== 'ANSWER') {
    channel.hangup(channel.hungUp ? channel.hangupCause : causeAfter(status));
    return { status, channel };
  }
  return { status, channel, proceed: () => proceed(pbx, channel, request) };
}

async function ring(
  pbx: SimulatedPbx,
  channel: Channel,
  destination: Destination,
  timeoutMs: number,
): Promise<DialStatus> {
  const { plan } = destination;
  if (plan.outcome === 'busy') return (await pbx.wait(plan.ringMs, channel)) ? 'BUSY' : 'CANCEL';
  if (!(await pbx.wait(200, channel))) return 'CANCEL';
  channel.setState(5);
  pbx.emit('call', 'DialState', [...channel.snapshot('Dest'), ['DialStatus', 'RINGING']]);
  const tooLong = plan.outcome === 'unanswered' || plan.ringMs > timeoutMs;
  if (!(await pbx.wait(tooLong ? timeoutMs : plan.ringMs, channel))) return 'CANCEL';
  return tooLong ? 'NOANSWER' : 'ANSWER';
}
