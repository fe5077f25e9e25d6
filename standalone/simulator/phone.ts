import type { SimulatedPbx } from './pbx.ts';
import { outsideParties } from './extensions.ts';

/** What will come of ringing a destination. */
export interface PhonePlan {
  outcome: 'answered' | 'busy' | 'unanswered' | 'unreachable';
  ringMs: number;
  talkMs: number;
}

export interface Destination {
  number: string;
  name: string;
  /** `PJSIP/1001`, or `PJSIP/+1…@trunk` for the outside. */
  dialString: string;
  /** What its channels are called: `PJSIP/1001`, `PJSIP/trunk`. */
  base: string;
  plan: PhonePlan;
}

const outside = /^\+?[0-9]{5,20}$/;

function drawPlan(pbx: SimulatedPbx, outcome: PhonePlan['outcome']): PhonePlan {
  const { random } = pbx;
  const ringMs = outcome === 'busy' ? random.between(150, 600) : random.between(1200, 4500);
  return { outcome, ringMs, talkMs: random.between(4000, 30_000) };
}

/** An extension or a number of the outside world; undefined where the PBX knows none. */
export function findDestination(pbx: SimulatedPbx, number: string): Destination | undefined {
  const extension = pbx.settings.extensions.find((candidate) => candidate.number === number);
  if (extension) {
    const outcomes = {
      answers: 'answered',
      busy: 'busy',
      'never answers': 'unanswered',
      offline: 'unreachable',
    } as const;
    return {
      number,
      name: extension.name,
      dialString: number,
      base: `PJSIP/${number}`,
      plan: drawPlan(pbx, outcomes[extension.habit]),
    };
  }
  if (!outside.test(number)) return undefined;
  const party = outsideParties.find((candidate) => candidate.number === number);
  return {
    number,
    name: party?.name ?? '',
    dialString: `${number}@trunk`,
    base: 'PJSIP/trunk',
    plan: drawPlan(pbx, 'answered'),
  };
}

/** The destination of a technology and resource such as `PJSIP/1001`, as Originate and Dial name it. */
export function findEndpoint(pbx: SimulatedPbx, resource: string): Destination | undefined {
  const [endpoint = '', trunk] = resource.split('@');
  if (trunk !== undefined) return trunk === 'trunk' ? findDestination(pbx, endpoint) : undefined;
  return pbx.settings.extensions.some((extension) => extension.number === endpoint)
    ? findDestination(pbx, endpoint)
    : undefined;
}
