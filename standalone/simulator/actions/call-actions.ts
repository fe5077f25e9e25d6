import type { Channel } from '../channel.ts';
import type { OriginateRequest } from '../originated-leg.ts';
import { originate } from '../originate.ts';
import type { Action, ActionContext } from './action.ts';

/** `"Name" <number>`, or a bare number. */
function parseCallerId(text: string): { number: string; name: string } {
  const match = /^\s*"?([^"<]*?)"?\s*<([^>]*)>\s*$/.exec(text);
  return match ? { name: match[1] ?? '', number: match[2] ?? '' } : { name: '', number: text.trim() };
}

/** `name=value` each; what has no `=` is set empty. */
function parseVariables(headers: readonly string[]): [string, string][] {
  return headers.map((header) => {
    const equals = header.indexOf('=');
    return equals < 0 ? [header, ''] : [header.slice(0, equals), header.slice(equals + 1)];
  });
}

async function runOriginate({ pbx, request, reply }: ActionContext): Promise<void> {
  const channel = request.get('Channel');
  const [context, exten] = [request.get('Context'), request.get('Exten')];
  const application = request.get('Application');
  const timeout = request.get('Timeout');
  if (channel === '') return reply.error('Channel not specified');
  if (exten !== '' && (context === '' || request.get('Priority') === '')) {
    return reply.error("Originate with 'Exten' requires 'Context' and 'Priority'");
  }
  const priority = request.get('Priority') === '' ? 1 : Number(request.get('Priority'));
  if (!Number.isInteger(priority)) return reply.error('Invalid priority');
  if (timeout !== '' && !/^\d+$/.test(timeout)) return reply.error('Invalid timeout');
  if (!/^[^/]+\/./.test(channel)) return reply.error('Invalid channel');
  const caller = parseCallerId(request.get('CallerID'));
  const wanted: OriginateRequest = {
    actionId: request.actionId,
    channel,
    context,
    exten,
    priority,
    application,
    data: request.get('Data'),
    timeoutMs: timeout === '' ? 30_000 : Number(timeout),
    callerNum: caller.number,
    callerName: caller.name,
    channelId: request.get('ChannelId'),
    otherChannelId: request.get('OtherChannelId'),
    variables: parseVariables(request.all('Variable')),
    async: /^(true|yes|1|on|y|t)$/i.test(request.get('Async')),
  };
  if (wanted.async) {
    reply.success([['Message', 'Originate successfully queued']]);
    void originate(pbx, wanted);
    return;
  }
  const result = await originate(pbx, wanted);
  if (result === 'ANSWER') reply.success([['Message', 'Originate successfully queued']]);
  else reply.error('Originate failed');
}

function hangup({ pbx, request, reply }: ActionContext): void {
  const name = request.get('Channel');
  if (name === '') return reply.error('No channel specified');
  const channel = pbx.findChannel(name);
  if (!channel) return reply.error('No such channel');
  reply.success([['Message', 'Channel Hungup']]);
  const cause = Number(request.get('Cause') || '16');
  pbx.emit('call', 'SoftHangupRequest', [...channel.snapshot(), ['Cause', String(cause)]]);
  channel.requestHangup(Number.isInteger(cause) ? cause : 16);
}

/** What Getvar and Setvar have in common: a variable, of a channel or global. */
function withVariable(
  { pbx, request, reply }: Pick<ActionContext, 'pbx' | 'request' | 'reply'>,
  act: (name: string, channel: Channel | undefined) => void,
): void {
  const name = request.get('Variable');
  if (name === '') return reply.error('No variable specified');
  const wanted = request.get('Channel');
  const channel = wanted === '' ? undefined : pbx.findChannel(wanted);
  if (wanted !== '' && !channel) return reply.error('No such channel');
  act(name, channel);
}

/** What makes, changes and ends calls. */
export const callActions: readonly Action[] = [
  { name: 'Originate', synopsis: 'Originate a call.', classes: ['originate'], run: runOriginate },
  { name: 'Hangup', synopsis: 'Hangup channel.', classes: ['system', 'call'], run: hangup },
  {
    name: 'Getvar',
    synopsis: 'Gets a channel variable or function value.',
    classes: ['call', 'reporting'],
    run({ pbx, request, reply }) {
      withVariable({ pbx, request, reply }, (name, channel) =>
        reply.success([
          ['Variable', name],
          ['Value', channel?.variables.get(name) ?? ''],
        ]),
      );
    },
  },
  {
    name: 'Setvar',
    synopsis: 'Sets a channel variable or function value.',
    classes: ['call'],
    run({ pbx, request, reply }) {
      withVariable({ pbx, request, reply }, (name, channel) => {
        channel?.setVariable(name, request.get('Value'));
        reply.success([['Message', 'Variable Set']]);
      });
    },
  },
  {
    name: 'UserEvent',
    synopsis: 'Send an arbitrary event.',
    classes: ['user'],
    run({ pbx, request, reply }) {
      const name = request.get('UserEvent');
      pbx.emit('user', 'UserEvent', [
        ['UserEvent', name],
        ...request.except('action', 'actionid', 'userevent'),
      ]);
      reply.success([['Message', 'Event Sent']]);
    },
  },
];
