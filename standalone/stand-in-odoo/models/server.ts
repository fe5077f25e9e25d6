import * as z from 'zod';
import { jsonSchema } from '#core/contracts/job.ts';
import { agentStatusSchema } from '#core/contracts/agent-status.ts';
import { userId, type Environment, type ModelMethod } from '../environment.ts';
import { OdooException } from '../odoo-exception.ts';
import { processBatch } from '../process-batch.ts';

const replySchema = z.object({ Response: z.string().optional(), Message: z.string().optional() });
const answerSchema = z.union([z.array(replySchema).min(1), replySchema]);
const passBackSchema = z.object({ uid: z.number().optional() }).loose();

/** The guide's callback: tells the user why Asterisk did not make the call. */
const originateCallResponse: ModelMethod = (env, args, kwargs) => {
  const answer = answerSchema.safeParse(args[0] ?? kwargs['data']);
  if (!answer.success) throw new OdooException('builtins.KeyError', "'Response'");
  const first = Array.isArray(answer.data) ? answer.data[0] : answer.data;
  const passBack = passBackSchema.safeParse(args[1] ?? kwargs['pass_back'] ?? kwargs).data ?? {};
  env.tables.callbacks.create({
    response: first?.Response ?? '',
    message: first?.Message ?? '',
    pass_back: JSON.stringify(passBack),
    at: env.clock.now(),
  });
  if (first?.Response === 'Error') notifyWarning(env, first.Message ?? '', passBack.uid ?? userId);
  return true;
};

function notifyWarning(env: Environment, message: string, uid: number): void {
  env.tables.notifications.create({ uid, title: 'PBX', message, warning: true, at: env.clock.now() });
}

const updateAgentStatus: ModelMethod = (env, args, kwargs) => {
  const status = agentStatusSchema.safeParse(args[1] ?? kwargs['status']);
  if (!status.success) throw new OdooException('odoo.exceptions.ValidationError', 'This is no agent status.');
  env.agents.set(status.data.pbx, status.data);
  return true;
};

export const serverMethods: Readonly<Record<string, ModelMethod>> = {
  process_batch: (env, args, kwargs) => processBatch(env, jsonSchema.parse(args[0] ?? kwargs['batch'])),
  update_agent_status: updateAgentStatus,
  originate_call_response: originateCallResponse,
  on_fully_booted: () => true,
};
