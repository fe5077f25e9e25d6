import { outsideParties } from './extensions.ts';
import type { SimulatedPbx } from './pbx.ts';
import type { PhonePlan } from './phone.ts';
import { runExtension } from './run-extension.ts';

/** A call that begins by itself. */
export interface CallScenario {
  direction: 'inbound' | 'internal' | 'outbound';
  from: { number: string; name: string };
  to: string;
  plan: PhonePlan;
  /** The caller gives up after this long; null: waits for the end. */
  patienceMs: number | null;
  recorded: boolean;
}

/** Draws what a working day brings: 60 % answered, the rest busy, unanswered or given up. */
export function drawScenario(pbx: SimulatedPbx): CallScenario | undefined {
  const { random, settings } = pbx;
  const working = settings.extensions.filter((extension) => extension.habit === 'answers');
  if (working.length === 0) return undefined;
  const extension = random.pick(working);
  const colleagues = working.filter((other) => other !== extension);
  const draw = random.fraction();
  const direction = draw < 0.6 || colleagues.length === 0 ? 'inbound' : draw < 0.8 ? 'outbound' : 'internal';
  const party = random.pick(outsideParties);
  const fate = random.fraction();
  const outcome = fate < 0.62 ? 'answered' : fate < 0.77 ? 'busy' : 'unanswered';
  const plan: PhonePlan = {
    outcome,
    ringMs: outcome === 'busy' ? random.between(150, 700) : random.between(1500, 7000),
    talkMs: random.between(4000, 40_000),
  };
  const from = direction === 'inbound' ? party : extension;
  const to =
    direction === 'inbound'
      ? extension.number
      : direction === 'outbound'
        ? party.number
        : random.pick(colleagues).number;
  const patienceMs = outcome === 'unanswered' && random.chance(0.5) ? random.between(3000, 12_000) : null;
  const recorded = outcome === 'answered' && random.chance(0.6);
  return { direction, from: { number: from.number, name: from.name }, to, plan, patienceMs, recorded };
}

/** Plays the call from its first event to its last. */
export async function playCall(pbx: SimulatedPbx, scenario: CallScenario): Promise<void> {
  const inbound = scenario.direction === 'inbound';
  const caller = pbx.newChannel({
    base: inbound ? 'PJSIP/trunk' : `PJSIP/${scenario.from.number}`,
    state: 4,
    callerNum: scenario.from.number,
    callerName: scenario.from.name,
    context: inbound ? 'from-trunk' : 'internal',
    exten: scenario.to,
  });
  pbx.callsProcessed += 1;
  caller.setVariable('SIPDOMAIN', '127.0.0.1');
  const patience = scenario.patienceMs;
  if (patience !== null) void giveUp(pbx, caller, patience);
  await runExtension(pbx, caller, {
    plan: scenario.plan,
    recorded: scenario.recorded,
    dialTimeoutMs: 15_000,
  });
}

async function giveUp(pbx: SimulatedPbx, caller: ReturnType<SimulatedPbx['newChannel']>, after: number) {
  if (!(await pbx.wait(after, caller))) return;
  pbx.emit('call', 'HangupRequest', [...caller.snapshot(), ['Cause', '127']]);
  caller.requestHangup(16);
}
