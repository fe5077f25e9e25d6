import { drawScenario, playCall } from './call-scenario.ts';
import type { SimulatedPbx } from './pbx.ts';

/** More calls than this at once and new ones wait: a simulator must not eat the machine. */
const maxChannels = 4000;
const firstCall = {
  plan: { outcome: 'answered', ringMs: 1500, talkMs: 5000 },
  patienceMs: null,
} as const;
/** Without calls it only waits for the rate to change. */
const idleMs = 3_600_000;

/** Calls that begin by themselves, at random moments, so many a minute on average. */
export class Traffic {
  readonly #pbx: SimulatedPbx;
  #callsPerMinute: number;
  #changed = new AbortController();

  constructor(pbx: SimulatedPbx) {
    this.#pbx = pbx;
    this.#callsPerMinute = pbx.settings.callsPerMinute;
  }

  get callsPerMinute(): number {
    return this.#callsPerMinute;
  }

  /** Takes effect at once. */
  setCallsPerMinute(value: number): void {
    this.#callsPerMinute = value;
    this.#changed.abort();
  }

  /** Resolves when the PBX closes. */
  async run(): Promise<void> {
    const pbx = this.#pbx;
    // The first call comes soon and is short: who tries the simulator wants to see one from end to end.
    let untilNext = 800;
    let isFirst = true;
    while (!pbx.closing) {
      this.#changed = new AbortController();
      const idle = this.#callsPerMinute <= 0;
      const due = await pbx.pause(idle ? idleMs : untilNext, this.#changed.signal);
      if (due && !idle && pbx.channels.size < maxChannels) {
        const scenario = drawScenario(pbx);
        if (scenario) void playCall(pbx, isFirst ? { ...scenario, ...firstCall } : scenario);
        isFirst = false;
      }
      if (this.#callsPerMinute > 0) untilNext = pbx.random.exponential(60_000 / this.#callsPerMinute);
    }
  }
}

/** Phones say now and then that they are still there. Resolves when the PBX closes. */
export async function reportPeers(pbx: SimulatedPbx): Promise<void> {
  const phones = pbx.settings.extensions;
  let next = 0;
  while (phones.length > 0 && (await pbx.pause(20_000))) {
    const phone = phones[next++ % phones.length];
    if (!phone) continue;
    pbx.emit('system', 'PeerStatus', [
      ['ChannelType', 'PJSIP'],
      ['Peer', `PJSIP/${phone.number}`],
      ['PeerStatus', phone.habit === 'offline' ? 'Unreachable' : 'Reachable'],
    ]);
  }
}
