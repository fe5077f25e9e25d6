import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import type { Json } from '#core/contracts/job.ts';
import { actionTimeoutMessage, errorReply, notConnectedMessage } from '#core/jobs/ami-result.ts';
import type { AmiAction, AmiReply } from '#core/ports/ami.ts';
import { badArguments, type JobContext } from './job-function.ts';

export interface ActionAnswer {
  reply: Json[];
  /** False when Asterisk did not answer: the actions after this one are not sent. */
  answered: boolean;
}

/**
 * Sends one action and gives what a callback can read in every case: time-outs and a missing connection are
 * answers in AMI's own shape. Only an action that could not be sent at all throws JOB_BAD_ARGUMENTS.
 */
export async function sendAction(
  action: AmiAction,
  timeoutMs: number,
  { actions, signal }: JobContext,
): Promise<ActionAnswer> {
  try {
    const replies = await actions.send(action, { timeoutMs, signal });
    return { reply: replies.map(asJson), answered: true };
  } catch (error) {
    if (!(error instanceof OdoopbxError)) throw error;
    if (error.code === 'AMI_ACTION_TIMEOUT') return unanswered(actionTimeoutMessage);
    if (error.code === 'AMI_NOT_CONNECTED') return unanswered(notConnectedMessage);
    if (error.code === 'AMI_CONNECTION_LOST') {
      // Never sent again: nobody knows whether the phone rings already.
      return unanswered(notConnectedMessage, 'the connection was lost before the answer: outcome unknown');
    }
    if (error.code === 'AMI_ACTION_INVALID') throw badArguments(action.Action, error.message);
    return unanswered(error.message);
  }
}

function unanswered(message: string, detail?: string): ActionAnswer {
  const [reply] = errorReply(message);
  return { reply: [detail === undefined ? reply : { ...reply, Detail: detail }], answered: false };
}

/** Replies are null-prototype objects: a plain copy, so that nothing downstream trips over them. */
function asJson(reply: AmiReply): Json {
  return Object.fromEntries(Object.entries(reply));
}
