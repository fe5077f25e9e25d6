import { afterAll, beforeAll, expect, it } from 'vitest';
import { placeCall } from '#scripts/lab/sipp.ts';
import { addRule, describeOnLab, lastSeen, seen } from './support/bench.ts';
import { type Connector, startConnector } from './support/connector.ts';
import { OdooBrowser, type OdooWindow } from './support/odoo-browser.ts';
import { odooSession } from './support/odoo-admin.ts';
import { waitFor } from './support/wait-for.ts';

const mended = 'asterisk_e2e.mended';

describeOnLab('a PBX admin retries an event that failed', (bench) => {
  let connector: Connector;
  let browser: OdooBrowser;
  let window: OdooWindow;
  let removeRule: () => Promise<void>;
  const number = `12029${Date.now().toString().slice(-6)}`;
  const { admin: login } = bench.lab.odoo;
  const admin = odooSession({ ...bench.lab.odoo, uid: login.uid, password: login.password });
  const setMended = (value: string | false) =>
    admin.call('ir.config_parameter', 'set_param', [mended, value]);

  beforeAll(async () => {
    await setMended(false);
    removeRule = await addRule(admin, {
      name: 'Hangup',
      method: 'raise_until_mended',
      condition: `event['CallerIDNum'] == '${number}'`,
    });
    connector = await startConnector(bench);
    browser = await OdooBrowser.start(bench.lab);
    window = await browser.signIn(login);
  });
  afterAll(async () => {
    await browser?.close();
    await removeRule();
    await setMended(false);
    await connector.remove();
  });

  it('in the list of failures, once its cause is mended', async () => {
    const start = await lastSeen(admin);
    await placeCall({ extension: bench.lab.extensions.answered, durationMs: 300, from: { number } });
    const failed = await waitFor('the failure', async () => {
      const rows = await admin.read<{ id: number }>(
        'asterisk_plus.event_failure',
        [
          ['method', '=', 'raise_until_mended'],
          ['payload', 'ilike', number],
        ],
        ['id'],
      );
      return rows[0];
    });
    const { page } = window;
    await window.open(`asterisk_plus.event_failure/${failed.id}`);
    await page.getByRole('tab', { name: 'Traceback' }).waitFor();
    await page.getByText('not mended yet').first().waitFor();

    const retry = page.getByRole('button', { name: 'Retry' });
    const retries = page.locator('.o_field_widget[name=retries]');
    await retry.click();
    await retries.getByText('1', { exact: true }).waitFor();
    expect(await seen(admin, 'mended', start)).toHaveLength(0);

    await setMended('yes');
    await retry.click();
    await retry.waitFor({ state: 'hidden' });
    expect(await seen(admin, 'mended', start)).toHaveLength(1);
    expect(browser.errors).toEqual([]);
  });
});
