import { expect, test } from 'vitest';
import { permittedCommands } from '#core/console/cli-permissions.ts';
import { findPermissionProblem } from '#edge-agent/console/check-permissions.ts';

/** An Asterisk with these entries for the console's account, judged as Asterisk does: searched anywhere. */
function asterisk(permits: readonly string[], { answers = true, unknown = [] as string[] } = {}) {
  return async (command: string) => {
    if (!answers) return { code: 1, stdout: '', stderr: 'Unable to connect to remote asterisk' };
    const ok = (stdout: string) => ({ code: 0, stdout, stderr: '' });
    if (unknown.includes(command)) return ok(`No such command '${command}'`);
    const permitted = permits.some((entry) => new RegExp(entry, 'i').test(command));
    if (!permitted) return ok(`You don't have permissions to run '${command}' command\n`);
    if (command !== 'cli show permissions') return ok(`Usage: ${command} …\n`);
    const lines = permits.map((entry) => `\tpermit -> ${entry}\n`).join('');
    return ok(
      `user: ann [uid=1000]\nPermissions:\n\tpermit -> all\n\nuser: odoopbx-agent [uid=900]\nPermissions:\n\tdeny -> all\n${lines}`,
    );
  };
}

test('the list that we ship is safe', async () => {
  expect(await findPermissionProblem(900, asterisk(permittedCommands))).toBeUndefined();
  const lacking = asterisk(permittedCommands, { unknown: ['agi exec', 'originate'] });
  expect(await findPermissionProblem(900, lacking)).toBeUndefined();
});

test.each<[string, readonly string[], string]>([
  ['an entry without an anchor', [...permittedCommands, 'core show'], 'not anchored'],
  ['everything', ['all', '^cli show permissions'], 'not anchored'],
  ['an alternative without one', [...permittedCommands, '^x|^channel originate'], 'not anchored'],
  ['an alternative that looks anchored', [...permittedCommands, '^x|core show'], 'not anchored'],
  ['originate', [...permittedCommands, '^channel originate'], '"channel originate"'],
  ['its alias', [...permittedCommands, '^originate'], '"originate"'],
  ['modules', [...permittedCommands, '^module'], '"module load"'],
  ['no question about it', ['^core show'], 'can not be checked'],
])('%s is found', async (_, permits, problem) => {
  expect(await findPermissionProblem(900, asterisk(permits))).toContain(problem);
});

test('an Asterisk that has no list, or does not answer, is no safe one', async () => {
  const none = async () => ({ code: 0, stdout: 'No permissions', stderr: '' });
  expect(await findPermissionProblem(900, none)).toContain('setup-console');
  expect(await findPermissionProblem(900, asterisk([], { answers: false }))).toContain('does not answer');
});
