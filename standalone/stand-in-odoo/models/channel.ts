import type { Environment, ModelMethod } from '../environment.ts';
import { eventArgument, textOf } from '../event-argument.ts';
import type { OdooRecord } from '../records.ts';

function channelOf(env: Environment, uniqueid: string): OdooRecord {
  const known = env.tables.channels.find((record) => record['uniqueid'] === uniqueid);
  return known ?? env.tables.channels.create({ uniqueid, state: 'Down', is_active: true });
}

/** Order does not matter: what ended stays ended, whenever its other events come. */
const update: ModelMethod = (env, args, kwargs) => {
  const event = eventArgument(args, kwargs);
  const channel = channelOf(env, textOf(event, 'Uniqueid'));
  channel['channel'] = textOf(event, 'Channel');
  channel['linkedid'] = textOf(event, 'Linkedid');
  channel['callerid_num'] = textOf(event, 'CallerIDNum');
  if (textOf(event, 'Event') === 'Hangup') {
    channel['is_active'] = false;
    channel['cause'] = textOf(event, 'Cause-txt');
  }
  if (channel['is_active'] === true) channel['state'] = textOf(event, 'ChannelStateDesc');
  return channel.id;
};

const recordingFilename: ModelMethod = (env, args, kwargs) => {
  const event = eventArgument(args, kwargs);
  channelOf(env, textOf(event, 'Uniqueid'))['recording_filename'] = textOf(event, 'Value');
  return true;
};

/** `Reason` of OriginateResponse in words. */
const reasons: Readonly<Record<string, string>> = {
  '0': 'no such extension or number, or it is not reachable',
  '1': 'no answer',
  '3': 'no answer',
  '5': 'busy',
  '8': 'congested or not available',
};

const originateFailed: ModelMethod = (env, args, kwargs) => {
  const event = eventArgument(args, kwargs);
  const channel = textOf(event, 'Channel');
  const reason = reasons[textOf(event, 'Reason')] ?? `reason ${textOf(event, 'Reason')}`;
  env.tables.notifications.create({
    uid: 2,
    title: 'PBX',
    message: `The call from ${channel} was not made: ${reason}.`,
    warning: true,
    at: env.clock.now(),
  });
  return true;
};

export const channelMethods: Readonly<Record<string, ModelMethod>> = {
  on_ami_new_channel: update,
  on_ami_update_channel_state: update,
  on_ami_hangup: update,
  on_ami_originate_response_failure: originateFailed,
  update_recording_filename: recordingFilename,
};

const setAnswered: ModelMethod = (env, args, kwargs) => {
  const event = eventArgument(args, kwargs);
  const uniqueid = textOf(event, 'Uniqueid');
  if (uniqueid !== '') channelOf(env, uniqueid)['is_answered'] = true;
  return true;
};

export const plusCallMethods: Readonly<Record<string, ModelMethod>> = {
  on_user_event_set_answered: setAnswered,
};
