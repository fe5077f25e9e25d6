import { messageOf } from '#core/errors/odoopbx-error.ts';
import type { AmiAction } from '#core/ports/ami.ts';
import type { Json } from '#core/contracts/job.ts';
import { actionArguments } from '#core/jobs/action-arguments.ts';
import { actionTimeoutMessage, errorReply } from '#core/jobs/ami-result.ts';
import { actionFromDict } from './action-from-dict.ts';
import { badArguments, type JobContext, type JobFunction } from './job-function.ts';
import { type ActionAnswer, sendAction } from './send-action.ts';

const maxActions = 50;

/**
 * Sends one or more AMI actions, one after the other, and answers a list of dicts: of each action the response
 * and then its event list. All actions are checked before the first one is sent. When one gets no answer the
 * rest is not sent, and says so.
 * kwargs: `timeout` (seconds for each action), `as_list` (applied where the callback's argument is made).
 */
export const asteriskManagerAction: JobFunction = {
  name: 'asterisk.manager_action',
  timeoutResult: errorReply(actionTimeoutMessage),
  async run(args, kwargs, context) {
    const actions = actionArguments(args, kwargs).map(actionFromDict);
    if (actions.length === 0) throw badArguments(this.name, 'no action dict in args or kwargs');
    if (actions.length > maxActions) throw badArguments(this.name, `more than ${maxActions} actions`);
    for (const action of actions) context.checkAction(action);

    const deadline = context.clock.now() + context.timeoutMs;
    const each =
      typeof kwargs['timeout'] === 'number' && kwargs['timeout'] > 0 ? kwargs['timeout'] * 1000 : Infinity;
    const replies: Json[] = [];
    let answered = true;
    for (const action of actions) {
      const left = Math.min(each, deadline - context.clock.now());
      if (!answered || left <= 0 || context.signal.aborted) {
        replies.push(...errorReply('Not sent: an action before this one got no answer'));
        continue;
      }
      const answer = await sendOne(action, left, context, replies.length > 0);
      replies.push(...answer.reply);
      ({ answered } = answer);
    }
    return replies;
  },
};

/** Only before anything was sent may a bad action refuse the job: `refused` means that nothing was done. */
async function sendOne(
  action: AmiAction,
  timeoutMs: number,
  context: JobContext,
  sentBefore: boolean,
): Promise<ActionAnswer> {
  try {
    return await sendAction(action, timeoutMs, context);
  } catch (error) {
    if (!sentBefore) throw error;
    return { reply: errorReply(messageOf(error)), answered: false };
  }
}
