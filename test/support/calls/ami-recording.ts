import type { AmiAction } from '#core/ports/ami.ts';
import type { AmiEvent } from '#core/contracts/ami-event.ts';
import type { LabStatus } from '#scripts/lab/lab-status.ts';
import { probeClient } from '#test/support/ami-client-probe.ts';
import { waitFor } from '#test/e2e/support/wait-for.ts';

/** What a call's story may be told from; the rest of Asterisk's events says nothing about it. */
const kept = new Set([
  'Newchannel', 'Newstate', 'Rename', 'Hangup', 'OriginateResponse', 'UserEvent', 'VarSet', 'DialBegin', 'DialState',
  'DialEnd', 'BridgeEnter', 'BridgeLeave', 'BlindTransfer', 'AttendedTransfer', 'LocalBridge', 'Pickup',
  'QueueCallerJoin', 'QueueCallerLeave', 'QueueCallerAbandon', 'AgentConnect',
]); // prettier-ignore

/** A session that writes down the events of one call after the other. */
export interface AmiRecording {
  send(action: AmiAction): Promise<void>;
  /** The channel of an endpoint that is there now. */
  channelOf(endpoint: string): Promise<string>;
  /** Waits for an event of the running call. */
  seen(name: string, headers?: Record<string, string>): Promise<AmiEvent>;
  /** Waits until no channel is left; the events since the last cut. */
  cut(): Promise<AmiEvent[]>;
  stop(): Promise<void>;
}

export async function startAmiRecording(lab: LabStatus): Promise<AmiRecording> {
  const { host, port, users } = lab.asterisk;
  const probe = probeClient({ host, port, events: users.admin, actions: users.admin });
  const open = new Set<string>();
  probe.onEvent = (event) => {
    const uniqueid = String(event['Uniqueid'] ?? '');
    if (event['Event'] === 'Newchannel') open.add(uniqueid);
    if (event['Event'] === 'Hangup') open.delete(uniqueid);
  };
  probe.client.start();
  await waitFor('the AMI session', () => probe.links.includes('up'));
  return {
    async send(action) {
      const [answer] = await probe.client.actions.send(action, { timeoutMs: 30_000 });
      if (answer?.['Response'] !== 'Success') {
        throw new Error(`${action.Action}: ${JSON.stringify(answer)}`);
      }
    },
    async channelOf(endpoint) {
      const isIts = (event: AmiEvent): boolean =>
        event['Event'] === 'Newchannel' && String(event['Channel']).startsWith(`PJSIP/${endpoint}-`);
      const event = await waitFor(`a channel of ${endpoint}`, () => probe.events.findLast(isIts));
      return String(event['Channel']);
    },
    seen: (name, headers = {}) =>
      waitFor(`the event ${name}`, () =>
        probe.events.find(
          (event) =>
            event['Event'] === name && Object.entries(headers).every(([key, value]) => event[key] === value),
        ),
      ),
    async cut() {
      await waitFor('the call to end', () => open.size === 0 && probe.events.length > 0, 60_000);
      return probe.events.splice(0).filter(isKept);
    },
    stop: () => probe.client.stop(),
  };
}

function isKept(event: AmiEvent): boolean {
  if (event['Event'] === 'VarSet') return event['Variable'] === 'MIXMONITOR_FILENAME';
  return kept.has(String(event['Event']));
}
