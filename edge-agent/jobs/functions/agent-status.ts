import type { JobFunction } from './job-function.ts';

/** Answers the agent's status as of now, in the shape of contract agent.status.v1. */
export const agentStatus: JobFunction = {
  name: 'agent.status',
  run: (_args, _kwargs, { agent }) => Promise.resolve(agent.status()),
};
