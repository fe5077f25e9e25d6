import type { ModelMethod } from '../environment.ts';
import { OdooException } from '../odoo-exception.ts';
import type { FieldValue } from '../records.ts';

const notLocal = "not event['Channel'].startswith('Local/')";

/** The rules that a new database comes with: the developer guide's Cdr rule, and OdooPBX's for its channels. */
export const initialRules: readonly Record<string, FieldValue>[] = [
  {
    name: 'Cdr',
    model: 'asterisk_calls.call',
    method: 'create_cdr',
    delay: 0,
    condition: '',
    is_enabled: true,
  },
  {
    name: 'Newchannel',
    model: 'asterisk_plus.channel',
    method: 'on_ami_new_channel',
    delay: 0,
    condition: `${notLocal} and event['Uniqueid'] == event['Linkedid']`,
    is_enabled: true,
  },
  {
    name: 'Newchannel',
    model: 'asterisk_plus.channel',
    method: 'on_ami_new_channel',
    delay: 0.2,
    condition: `${notLocal} and event['Uniqueid'] != event['Linkedid']`,
    is_enabled: true,
  },
  {
    name: 'Newstate',
    model: 'asterisk_plus.channel',
    method: 'on_ami_update_channel_state',
    delay: 0.5,
    condition: "not (event['Channel'].startswith('Local/') or event['ChannelStateDesc'] not in ['Up'])",
    is_enabled: true,
  },
  {
    name: 'Hangup',
    model: 'asterisk_plus.channel',
    method: 'on_ami_hangup',
    delay: 0.75,
    condition: notLocal,
    is_enabled: true,
  },
  {
    name: 'OriginateResponse',
    model: 'asterisk_plus.channel',
    method: 'on_ami_originate_response_failure',
    delay: 1,
    condition: "event['Response'] == 'Failure'",
    is_enabled: true,
  },
  {
    name: 'UserEvent',
    model: 'asterisk_plus.call',
    method: 'on_user_event_set_answered',
    delay: 0,
    condition: "event.get('UserEvent') == 'CallAnswered'",
    is_enabled: false,
  },
  {
    name: 'VarSet',
    model: 'asterisk_plus.channel',
    method: 'update_recording_filename',
    delay: 1.5,
    condition: "event.get('Variable') == 'MIXMONITOR_FILENAME'",
    is_enabled: false,
  },
  {
    name: 'Hangup',
    model: 'asterisk_calls.call',
    method: 'send_survey',
    delay: 0,
    condition: "event['Cause'] == '17' and event['Channel'].startswith('PJSIP/trunk')",
    is_enabled: false,
  },
];

const write: ModelMethod = (env, args, kwargs) => {
  const ids = args[0] ?? kwargs['ids'];
  const values = args[1] ?? kwargs['vals'];
  if (!Array.isArray(ids) || typeof values !== 'object' || values === null) {
    throw new OdooException('builtins.TypeError', 'write() takes ids and a dict of values');
  }
  for (const id of ids) {
    const record = typeof id === 'number' ? env.tables.events.get(id) : undefined;
    if (!record) {
      throw new OdooException('odoo.exceptions.MissingError', 'Record does not exist or has been deleted.');
    }
    for (const [field, value] of Object.entries(values)) {
      if (!env.tables.events.fields.includes(field)) {
        throw new OdooException(
          'builtins.ValueError',
          `Invalid field '${field}' on model 'asterisk_plus.event'`,
        );
      }
      record[field] = value as FieldValue;
    }
  }
  env.reloadAgents();
  return true;
};

export const eventMethods: Readonly<Record<string, ModelMethod>> = { write };
