import { agentConfigureSchema } from '#core/contracts/agent-configure.ts';
import { badArguments, type JobFunction } from './job-function.ts';

/** Takes over the event rules (kwargs: contract agent.configure); it can not touch the PBX's policy. */
export const agentConfigure: JobFunction = {
  name: 'agent.configure',
  async run(_args, kwargs, { agent }) {
    const config = agentConfigureSchema.safeParse(kwargs);
    if (!config.success) {
      const [issue] = config.error.issues;
      throw badArguments(this.name, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not valid'}`);
    }
    return agent.configure(config.data);
  },
};
