import { OdoopbxError } from '#core/errors/odoopbx-error.ts';
import { agentConfigure } from './functions/agent-configure.ts';
import { agentReloadConfig } from './functions/agent-reload-config.ts';
import { agentStatus } from './functions/agent-status.ts';
import { asteriskCommand } from './functions/asterisk-command.ts';
import { asteriskManagerAction } from './functions/asterisk-manager-action.ts';
import { consoleOpen } from './functions/console-open.ts';
import type { JobFunction } from './functions/job-function.ts';
import { testPing } from './functions/test-ping.ts';

export interface JobRegistry {
  /** Throws JOB_UNKNOWN_FUNCTION, naming what there is. */
  find(fun: string): JobFunction;
  names(): string[];
}

export const jobFunctions: readonly JobFunction[] = [
  agentConfigure,
  agentReloadConfig,
  agentStatus,
  asteriskCommand,
  asteriskManagerAction,
  consoleOpen,
  testPing,
];

export function createRegistry(functions: readonly JobFunction[] = jobFunctions): JobRegistry {
  const byName = new Map(functions.map((fun) => [fun.name, fun]));
  const names = [...byName.keys()].toSorted();
  return {
    names: () => [...names],
    find(fun) {
      const found = byName.get(fun);
      if (found) return found;
      throw new OdoopbxError(
        'JOB_UNKNOWN_FUNCTION',
        `There is no function ${fun} on this PBX's agent; it has ${names.join(', ')}.`,
      );
    },
  };
}
