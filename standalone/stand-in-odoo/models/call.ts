import type { ModelMethod } from '../environment.ts';
import { eventArgument, textOf } from '../event-argument.ts';
import { OdooException } from '../odoo-exception.ts';

/** The guide's method: one record per Cdr. Times are the agent's `…UTC`, the PBX's local ones only without it. */
const createCdr: ModelMethod = (env, args, kwargs) => {
  const event = eventArgument(args, kwargs);
  env.tables.calls.create({
    src: textOf(event, 'Source'),
    dst: textOf(event, 'Destination'),
    clid: textOf(event, 'CallerID'),
    channel: textOf(event, 'Channel'),
    dstchannel: textOf(event, 'DestinationChannel'),
    started: textOf(event, 'StartTimeUTC') || textOf(event, 'StartTime'),
    answered: textOf(event, 'AnswerTimeUTC') || textOf(event, 'AnswerTime'),
    ended: textOf(event, 'EndTimeUTC') || textOf(event, 'EndTime'),
    duration: Number(textOf(event, 'Duration')),
    billsec: Number(textOf(event, 'BillableSeconds')),
    disposition: textOf(event, 'Disposition'),
    uniqueid: textOf(event, 'UniqueID'),
    linkedid: textOf(event, 'linkedid'),
  });
  return true;
};

/** A handler that fails, to see what becomes of its events. */
const sendSurvey: ModelMethod = () => {
  throw new OdooException('odoo.exceptions.UserError', 'The survey for missed callers has no mail template.');
};

export const callMethods: Readonly<Record<string, ModelMethod>> = {
  create_cdr: createCdr,
  send_survey: sendSurvey,
};
