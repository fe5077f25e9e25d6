import type { Channel } from './channel.ts';
import type { Headers } from './headers.ts';
import type { SimulatedPbx } from './pbx.ts';

function bridgeHeaders(id: string, channels: number): Headers {
  return [
    ['BridgeUniqueid', id],
    ['BridgeType', 'basic'],
    ['BridgeTechnology', 'simple_bridge'],
    ['BridgeCreator', '<unknown>'],
    ['BridgeName', '<unknown>'],
    ['BridgeNumChannels', String(channels)],
    ['BridgeVideoSourceMode', 'none'],
  ];
}

function setPeer(channel: Channel, peer: Channel | undefined, callId: string): void {
  channel.setVariable('BRIDGEPEER', peer?.name ?? '');
  channel.setVariable('BRIDGEPVTCALLID', callId);
}

/** Two channels in a bridge until one of them is asked to hang up or `talkMs` have passed. */
export async function talk(
  pbx: SimulatedPbx,
  caller: Channel,
  callee: Channel,
  talkMs: number,
): Promise<{ ended: boolean }> {
  const id = pbx.random.uuid();
  pbx.emit('call', 'BridgeCreate', bridgeHeaders(id, 0));
  for (const [index, channel] of [callee, caller].entries()) {
    channel.bridgeId = id;
    pbx.emit('call', 'BridgeEnter', [...bridgeHeaders(id, index + 1), ...channel.snapshot()]);
  }
  // Asterisk sets these three times over as the bridge settles.
  for (let round = 0; round < 3; round++) {
    setPeer(caller, callee, pbx.random.uuid());
    setPeer(callee, caller, pbx.random.uuid());
  }
  const ended = await pbx.wait(talkMs, caller, callee);
  setPeer(caller, undefined, '');
  setPeer(callee, undefined, '');
  for (const [index, channel] of [caller, callee].entries()) {
    channel.bridgeId = '';
    pbx.emit('call', 'BridgeLeave', [...bridgeHeaders(id, 1 - index), ...channel.snapshot()]);
  }
  pbx.emit('call', 'BridgeDestroy', bridgeHeaders(id, 0));
  return { ended };
}
