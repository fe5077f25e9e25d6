import { commandGroup, type DefineCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { expectedSecrets } from '../expected-secrets.ts';
import { showSpan } from '../terminal/age.ts';
import { renderTable } from '../terminal/table.ts';

export const defineSecretList: DefineCommand = (program, run) => {
  commandGroup(program, 'secret', "Odoo's passwords and API keys, in SSM Parameter Store")
    .command('list')
    .description('which secrets are set and how old they are; never their values')
    .addHelpText('after', '\nExample:\n  odoopbx secret list')
    .action(() => run(list));
};

async function list({ output, fleetFile, names, world, cloud }: Context): Promise<void> {
  const { fleet } = fleetFile();
  const expected = expectedSecrets(fleet, names());
  const found = await (await cloud()).secrets.list(`/${fleet.platform.name}/`);
  const ages = new Map(found.map(({ name, changedAt }) => [name, changedAt]));
  const rows = [...new Set([...expected.map(({ parameter }) => parameter), ...ages.keys()])]
    .toSorted()
    .map((name) => ({
      name,
      set: ages.has(name),
      ageSeconds: ageOf(ages.get(name), world.clock.now()),
      expected: expected.some(({ parameter }) => parameter === name),
    }));
  const cells = rows.map(({ name, set, ageSeconds, expected }) => [
    name,
    set ? (ageSeconds === null ? 'set' : `${showSpan(ageSeconds)} old`) : output.paint('red', 'missing'),
    expected ? '' : 'not in fleet.yaml',
  ]);
  output.result(
    { secrets: rows },
    renderTable([{ title: 'SECRET' }, { title: 'AGE' }, { title: '' }], cells),
  );
}

function ageOf(changedAt: number | undefined, now: number): number | null {
  return changedAt === undefined ? null : Math.max(0, Math.round(now / 1000 - changedAt));
}
