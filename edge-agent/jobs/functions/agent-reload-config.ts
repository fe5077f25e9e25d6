import type { JobFunction } from './job-function.ts';

/** Asks the cloud for the rules anew: the answer means "asked", the rules come by `agent.configure`. */
export const agentReloadConfig: JobFunction = {
  name: 'agent.reload_config',
  run(_args, _kwargs, { agent }) {
    agent.requestRules();
    return Promise.resolve(true);
  },
};
