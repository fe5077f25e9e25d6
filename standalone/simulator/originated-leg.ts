import type { DialStatus } from './causes.ts';
import type { Channel } from './channel.ts';
import type { SimulatedPbx } from './pbx.ts';
import { runExtension } from './run-extension.ts';

export interface OriginateRequest {
  actionId: string;
  /** `PJSIP/1001`, `Local/1001@internal`. */
  channel: string;
  context: string;
  exten: string;
  priority: number;
  application: string;
  data: string;
  timeoutMs: number;
  callerNum: string;
  callerName: string;
  channelId: string;
  otherChannelId: string;
  variables: readonly (readonly [name: string, value: string])[];
  async: boolean;
}

/** What became of the first leg. */
export interface FirstLeg {
  status: DialStatus;
  channel: Channel | undefined;
  /** Runs in the background what follows the answer. */
  proceed?: () => Promise<unknown>;
}

/** The request's variables and caller id, as the channel shows them before it rings. */
export function prepare(channel: Channel, request: OriginateRequest): void {
  for (const [name, value] of request.variables) channel.setVariable(name, value);
  if (request.callerNum === '' && request.callerName === '') return;
  channel.setCallerId(request.callerNum, request.callerName);
  channel.setConnectedLine(request.callerNum, request.callerName);
}

/** What an answered channel does next: the extension, or the application until it is hung up. */
export async function proceed(
  pbx: SimulatedPbx,
  channel: Channel,
  request: Pick<OriginateRequest, 'application' | 'data' | 'context' | 'exten' | 'priority'>,
): Promise<void> {
  if (request.application === '') {
    channel.context = request.context;
    channel.exten = request.exten;
    channel.priority = request.priority;
    await runExtension(pbx, channel);
    return;
  }
  channel.execute(request.application, request.data);
  await pbx.wait(/^(echo|wait|musiconhold)$/i.test(request.application) ? 600_000 : 4000, channel);
  if (!pbx.closing) channel.hangup(channel.hungUp ? channel.hangupCause : 16);
}
