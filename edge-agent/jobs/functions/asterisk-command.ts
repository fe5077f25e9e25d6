import { actionTimeoutMessage, errorReply } from '#core/jobs/ami-result.ts';
import { badArguments, type JobFunction } from './job-function.ts';
import { sendAction } from './send-action.ts';

const maxCommandBytes = 900;

/**
 * Runs one Asterisk CLI command (`args: ['core show uptime']` or `kwargs: {command}`) and answers as an AMI
 * `Command` action does: `[{Response, Message, Output: [...]}]`. Off by default: the CLI can do anything that
 * Asterisk's AMI user may, so the PBX's policy must list `asterisk.command`.
 */
export const asteriskCommand: JobFunction = {
  name: 'asterisk.command',
  timeoutResult: errorReply(actionTimeoutMessage),
  async run(args, kwargs, context) {
    const command = args[0] ?? kwargs['command'];
    if (typeof command !== 'string' || command.trim() === '') {
      throw badArguments(this.name, 'the command must be a text: args ["core show uptime"]');
    }
    // oxlint-disable-next-line no-control-regex -- these end an AMI header, or cut it
    if (/[\r\n\0]/.test(command)) throw badArguments(this.name, 'the command must be one line');
    if (Buffer.byteLength(command) > maxCommandBytes) {
      throw badArguments(this.name, `the command is longer than ${maxCommandBytes} bytes`);
    }
    return (await sendAction({ Action: 'Command', Command: command.trim() }, context.timeoutMs, context))
      .reply;
  },
};
