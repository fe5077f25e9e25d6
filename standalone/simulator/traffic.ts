import { drawScenario, playCall } from './call-scenario.ts';
import type { SimulatedPbx } from './pbx.ts';

/** More calls than this at once and new ones wait: a simulator must not eat the machine. */
const maxChannels = 4000;

/** Calls that begin by themselves, at random moments, `callsPerMinute` on average. Resolves when the PBX closes. */
export async function generateTraffic(pbx: SimulatedPbx): Promise<void> {
  const { callsPerMinute, speed } = pbx.settings;
  if (callsPerMinute <= 0) return;
  // The first call comes soon: who tries the simulator wants to see one.
  let untilNext = 800;
  while (await pbx.wait(untilNext * speed)) {
    const scenario = pbx.channels.size < maxChannels ? drawScenario(pbx) : undefined;
    if (scenario) void playCall(pbx, scenario);
    untilNext = pbx.random.exponential(60_000 / callsPerMinute);
  }
}

/** Phones say now and then that they are still there. Resolves when the PBX closes. */
export async function reportPeers(pbx: SimulatedPbx): Promise<void> {
  const phones = pbx.settings.extensions;
  let next = 0;
  while (phones.length > 0 && (await pbx.wait(20_000 * pbx.settings.speed))) {
    const phone = phones[next++ % phones.length];
    if (!phone) continue;
    pbx.emit('system', 'PeerStatus', [
      ['ChannelType', 'PJSIP'],
      ['Peer', `PJSIP/${phone.number}`],
      ['PeerStatus', phone.habit === 'offline' ? 'Unreachable' : 'Reachable'],
    ]);
  }
}
