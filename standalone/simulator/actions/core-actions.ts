import { localTime } from '../local-time.ts';
import { amiVersion, asteriskVersion } from '../settings.ts';
import type { Headers } from '../headers.ts';
import { replyList, type Action, type ActionContext } from './action.ts';
import { clockDuration } from './duration.ts';

function coreStatus({ pbx, reply }: ActionContext): void {
  const [date = '', time = ''] = localTime(pbx.startedAt, pbx.settings.timeZone).split(' ');
  reply.success([
    ['CoreStartupDate', date],
    ['CoreStartupTime', time],
    ['CoreReloadDate', date],
    ['CoreReloadTime', time],
    ['CoreCurrentCalls', String(pbx.channels.size)],
    ['CoreProcessedCalls', String(pbx.callsProcessed)],
  ]);
}

function coreSettings({ pbx, reply }: ActionContext): void {
  reply.success([
    ['AMIversion', amiVersion],
    ['AsteriskVersion', asteriskVersion],
    ['SystemName', pbx.settings.systemName ?? ''],
    ['CoreMaxCalls', '0'],
    ['CoreMaxLoadAvg', '0.000000'],
    ['CoreRunUser', ''],
    ['CoreRunGroup', ''],
    ['CoreMaxFilehandles', '0'],
    ['CoreRealTimeEnabled', 'No'],
    ['CoreCDRenabled', 'Yes'],
    ['CoreHTTPenabled', 'No'],
    ['SoundsSearchCustomDir', 'No'],
  ]);
}

function coreShowChannels(context: ActionContext): void {
  const { pbx } = context;
  const items = [...pbx.channels.values()].map((channel): Headers => [
    ...channel.snapshot(),
    ['Application', channel.application],
    ['ApplicationData', channel.applicationData],
    ['Duration', clockDuration(pbx.now() - channel.createdAt)],
    ['BridgeId', channel.bridgeId],
  ]);
  replyList(context, 'Channels will follow', 'CoreShowChannel', items);
}

function status(context: ActionContext): void {
  const { pbx, request, reply } = context;
  const wanted = request.get('Channel');
  const channels = wanted === '' ? [...pbx.channels.values()] : [pbx.findChannel(wanted)];
  if (channels.includes(undefined)) return reply.error('No such channel');
  const items = channels.flatMap((channel): Headers[] =>
    channel === undefined
      ? []
      : [
          [
            ['Privilege', 'Call'],
            ...channel.snapshot(),
            ['Type', channel.name.split('/')[0] ?? ''],
            ['TimeToHangup', '0'],
            ['BridgeID', channel.bridgeId],
            ['Application', channel.application],
            ['Data', channel.applicationData],
            ['Seconds', String(Math.floor((pbx.now() - channel.createdAt) / 1000))],
          ],
        ],
  );
  replyList(context, 'Channel status will follow', 'Status', items, [['Items', String(items.length)]]);
}

/** What tells of the PBX. */
export const coreActions: readonly Action[] = [
  {
    name: 'CoreStatus',
    synopsis: 'Show PBX core status variables.',
    classes: ['system', 'reporting'],
    run: coreStatus,
  },
  {
    name: 'CoreSettings',
    synopsis: 'Show PBX core settings (version etc).',
    classes: ['system', 'reporting'],
    run: coreSettings,
  },
  {
    name: 'CoreShowChannels',
    synopsis: 'List currently active channels.',
    classes: ['system', 'reporting'],
    run: coreShowChannels,
  },
  {
    name: 'Status',
    synopsis: 'List channel status.',
    classes: ['system', 'call', 'reporting'],
    run: status,
  },
];
