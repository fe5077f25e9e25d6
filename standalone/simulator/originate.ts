import { originateReason, type DialStatus } from './causes.ts';
import { originateLocal } from './local-channel.ts';
import type { FirstLeg, OriginateRequest } from './originated-leg.ts';
import type { SimulatedPbx } from './pbx.ts';
import { findEndpoint } from './phone.ts';
import { ringEndpoint } from './ring-endpoint.ts';

/** Rings the channel; once answered it goes to the extension or application. Resolves when that is decided. */
export async function originate(pbx: SimulatedPbx, request: OriginateRequest): Promise<DialStatus> {
  const slash = request.channel.indexOf('/');
  const technology = request.channel.slice(0, slash).toLowerCase();
  const resource = request.channel.slice(slash + 1);
  pbx.callsProcessed += 1;
  const leg =
    technology === 'local'
      ? await originateLocal(pbx, request, resource)
      : await ringEndpoint(pbx, request, technology === 'pjsip' ? findEndpoint(pbx, resource) : undefined);
  if (request.async) respond(pbx, request, leg);
  if (leg.proceed) void leg.proceed();
  return leg.status;
}

function respond(pbx: SimulatedPbx, request: OriginateRequest, leg: FirstLeg): void {
  const answered = leg.status === 'ANSWER';
  pbx.emit('call', 'OriginateResponse', [
    ...(request.actionId === '' ? [] : [['ActionID', request.actionId] as const]),
    ['Response', answered ? 'Success' : 'Failure'],
    ['Channel', answered && leg.channel ? leg.channel.name : request.channel],
    ...(request.application === ''
      ? ([
          ['Context', request.context],
          ['Exten', request.exten],
        ] as const)
      : ([
          ['Application', request.application],
          ['Data', request.data],
        ] as const)),
    ['Reason', originateReason(leg.status)],
    ['Uniqueid', leg.channel?.uniqueid ?? (request.channelId || '<null>')],
    ['CallerIDNum', request.callerNum || '<unknown>'],
    ['CallerIDName', request.callerName || '<unknown>'],
  ]);
}
