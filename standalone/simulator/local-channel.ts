import type { Channel } from './channel.ts';
import { prepare, proceed, type FirstLeg, type OriginateRequest } from './originated-leg.ts';
import type { SimulatedPbx } from './pbx.ts';
import { runExtension } from './run-extension.ts';

function half(
  pbx: SimulatedPbx,
  resource: string,
  suffix: ';1' | ';2',
  number: string,
  ids: {
    uniqueid: string;
    linkedid?: string;
  },
): Channel {
  const [exten = '', context = ''] = resource.split('@');
  return pbx.newChannel({
    base: `Local/${exten}@${context}`,
    state: suffix === ';1' ? 0 : 4,
    callerNum: '',
    callerName: '',
    context,
    exten,
    half: { suffix, number },
    ...ids,
  });
}

/**
 * Originate to `Local/exten@context`: half `;2` runs the extension, half `;1` is what answers to the caller.
 * Both end together, with a Cdr of their own each.
 */
export async function originateLocal(
  pbx: SimulatedPbx,
  request: OriginateRequest,
  resourceWithOptions: string,
): Promise<FirstLeg> {
  const resource = resourceWithOptions.split('/')[0] ?? '';
  if (!/^[^@]+@[^@]+$/.test(resource)) return { status: 'CHANUNAVAIL', channel: undefined };
  const number = pbx.nextChannelNumber();
  const firstId = request.channelId || `${Math.floor(pbx.now() / 1000)}.l${number}`;
  const one = half(pbx, resource, ';1', number, { uniqueid: firstId });
  const secondId = request.otherChannelId || `${firstId};2`;
  const two = half(pbx, resource, ';2', number, { uniqueid: secondId, linkedid: one.linkedid });
  one.twin = two;
  two.twin = one;
  one.execute('AppDial2', '(Outgoing Line)');
  prepare(one, request);
  prepare(two, request);
  pbx.emit('call', 'LocalBridge', [
    ...one.snapshot('LocalOne'),
    ...two.snapshot('LocalTwo'),
    ['Context', two.context],
    ['Exten', two.exten],
    ['LocalOptimization', 'Yes'],
  ]);
  pbx.emit('call', 'DialBegin', [...one.snapshot('Dest'), ['DialString', resource]]);

  const answered = Promise.withResolvers<'ANSWER'>();
  const run = runExtension(pbx, two, { answered: () => answered.resolve('ANSWER') });
  const first = await Promise.race([
    answered.promise,
    run.then((status) => (status === 'NO EXTENSION' ? 'CHANUNAVAIL' : status)),
    waitFor(pbx, request.timeoutMs, one),
  ]);
  // Whoever takes one half down takes the other with it.
  void run.then(() => one.requestHangup(two.hangupCause));
  one.hangupSignal.addEventListener('abort', () => two.requestHangup(one.hangupCause));

  if (first === 'ANSWER') one.setState(6);
  pbx.emit('call', 'DialEnd', [...one.snapshot('Dest'), ['DialStatus', first]]);
  if (first === 'ANSWER') return { status: first, channel: one, proceed: () => proceed(pbx, one, request) };
  two.requestHangup(19);
  await run;
  one.hangup(first === 'NOANSWER' ? 19 : 0);
  return { status: first, channel: one };
}

async function waitFor(pbx: SimulatedPbx, timeoutMs: number, one: Channel): Promise<'NOANSWER' | 'CANCEL'> {
  return (await pbx.wait(timeoutMs, one)) ? 'NOANSWER' : 'CANCEL';
}
