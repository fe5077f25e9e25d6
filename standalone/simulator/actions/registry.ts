import type { Action } from './action.ts';
import { callActions } from './call-actions.ts';
import { commandAction } from './command.ts';
import { coreActions } from './core-actions.ts';
import { sessionActions } from './session-actions.ts';

const listCommands: Action = {
  name: 'ListCommands',
  synopsis: 'List available manager commands.',
  classes: [],
  run({ reply }) {
    const rows = [...actions.values()].map((action) => {
      const classes = action.classes.length === 0 ? '<none>' : [...action.classes, 'all'].join(',');
      return [action.name, `${action.synopsis}  (Priv: ${classes})`] as const;
    });
    reply.success(rows.toSorted(([a], [b]) => a.localeCompare(b)));
  },
};

const actions = new Map<string, Action>(
  [...sessionActions, ...coreActions, ...callActions, commandAction, listCommands].map((action) => [
    action.name.toLowerCase(),
    action,
  ]),
);

export function findAction(name: string): Action | undefined {
  return actions.get(name.toLowerCase());
}
