import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addonsPathInRoot } from '#scripts/lab/odoo-addons.ts';
import { paths } from '#scripts/lab/settings.ts';
import { placeCall } from '#scripts/lab/sipp.ts';
import { type SecondOdoo, startSecondOdoo } from '#test/support/cloud/second-odoo.ts';
import { describeOnLab } from './support/bench.ts';
import { freshNumber } from './support/cloud-odoo.ts';
import { type Connector, startConnector } from './support/connector.ts';
import { waitFor } from './support/wait-for.ts';

const page = join(import.meta.dirname, '../../docs/first-rule.md');
const core = '/usr/lib/python3/dist-packages/odoo/addons';

interface Call {
  id: number;
  called: string;
  seconds: number;
  outcome: string | false;
}

/** The addon of docs/first-rule.md, in an Odoo of its own: a copy of the lab's database. */
describeOnLab('the page "your first rule and method"', (bench) => {
  let folder = '';
  let odoo: SecondOdoo;
  let connector: Connector;

  beforeAll(async () => {
    folder = mkdtempSync(join(paths.odooRoot, 'tmp/first-rule-'));
    chmodSync(folder, 0o755);
    for (const [path, text] of await filesOfPage()) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const addonsPath = [core, addonsPathInRoot, folder.slice(paths.odooRoot.length)].join(',');
    odoo = await startSecondOdoo('odoo_first_rule', ['--addons-path', addonsPath, '-i', 'my_calls']);
    const { url, db } = odoo;
    connector = await startConnector({
      ...bench,
      lab: { ...bench.lab, odoo: { ...bench.lab.odoo, url, db } },
    });
  });
  afterAll(async () => {
    await connector?.remove();
    await odoo?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  async function filesOfPage(): Promise<[path: string, text: string][]> {
    const text = await readFile(page, 'utf8');
    const blocks = text.matchAll(/^`(my_calls\/[\w./]+)`\n```\w+\n([^]*?)^```$/gm);
    return [...blocks].map(([, path = '', block = '']) => [path, block]);
  }

  it('makes an addon of five files', async () => {
    expect((await filesOfPage()).map(([path]) => path)).toEqual([
      'my_calls/__manifest__.py',
      'my_calls/__init__.py',
      'my_calls/models.py',
      'my_calls/data/rule.xml',
      'my_calls/security/ir.model.access.csv',
    ]);
  });

  it('a call lands in its model, and its method calls back', async () => {
    const { admin } = connector;
    const caller = freshNumber('+4930902');
    const from = { number: caller };
    const outcome = await placeCall({ extension: bench.lab.extensions.answered, durationMs: 1500, from });
    expect(outcome.statuses).toEqual([200]);
    const find = async () => {
      const fields = ['called', 'seconds', 'outcome'];
      return (await admin.read<Call>('my_calls.call', [['caller', '=', caller]], fields))[0];
    };
    const call = await waitFor('the call in Odoo', find, 60_000);
    expect(call).toMatchObject({ called: bench.lab.extensions.answered, outcome: false });
    expect(call.seconds).toBeGreaterThan(0);

    await admin.call('my_calls.call', 'call_back', [[call.id]]);
    // The lab has no PJSIP/101: the answer says why nobody was called.
    const told = await waitFor('what came of calling back', async () => (await find())?.outcome, 60_000);
    expect(told).toMatch(/not exist|fail/i);
  });
});
