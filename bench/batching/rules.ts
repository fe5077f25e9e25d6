import type { EdgeRule } from '../../core/contracts/rule.ts';

const notLocal = "not event['Channel'].startswith('Local/')";
const rule = (id: string, name: string, delay: number, condition = ''): EdgeRule => ({
  id,
  name,
  delay,
  condition,
});

/** The rules of the OdooPBX addon as they are found in use, with their delays, and the guide's rule for Cdr. */
export const rulesInUse: readonly EdgeRule[] = [
  rule('booted', 'FullyBooted', 0),
  rule('channel', 'Newchannel', 0, `${notLocal} and event['Uniqueid'] == event['Linkedid']`),
  rule('second-channel', 'Newchannel', 0.2, `${notLocal} and event['Uniqueid'] != event['Linkedid']`),
  rule('state', 'Newstate', 0.5, `${notLocal} and event['ChannelStateDesc'] == 'Up'`),
  rule('hangup', 'Hangup', 0.75, notLocal),
  rule('originate-failure', 'OriginateResponse', 1, "event['Response'] == 'Failure'"),
  rule('recording', 'VarSet', 1.5, "event.get('Variable') == 'MIXMONITOR_FILENAME'"),
  rule('voicemail', 'VarSet', 2, "event.get('Variable') == 'MVM_FILENAME'"),
  rule('answered', 'UserEvent', 0, "event.get('UserEvent') == 'CallAnswered'"),
  rule('cdr', 'Cdr', 0),
];
