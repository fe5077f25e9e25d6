import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { agentConfigureSchema } from '#core/contracts/agent-configure.ts';
import { messageOf } from '#core/errors/odoopbx-error.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { RuleStore } from '#core/ports/rule-store.ts';

/** The rules in a JSON file that only the agent's user may read; replaced as a whole or not at all. */
export function ruleFile(path: string, logger: Logger): RuleStore {
  return {
    load: () => {
      try {
        return agentConfigureSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
      } catch (error) {
        if (!isMissing(error))
          logger.warn('the kept rules can not be read', { path, error: messageOf(error) });
        return undefined;
      }
    },
    save: (configure) => {
      mkdirSync(dirname(path), { recursive: true });
      const draft = `${path}.new`;
      writeDurably(draft, JSON.stringify(configure));
      renameSync(draft, path);
      syncFolder(dirname(path));
    },
  };
}

function writeDurably(path: string, text: string): void {
  const file = openSync(path, 'w', 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** A rename lasts through a power loss once its folder is on disk. */
function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
