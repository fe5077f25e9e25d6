import { afterAll, beforeAll, expect, it } from 'vitest';
import { asteriskCli } from '#scripts/lab/asterisk-service.ts';
import { type Phone, startPhone } from '#scripts/lab/sipp.ts';
import { describeOnLab } from './support/bench.ts';
import { type Connector, startConnector } from './support/connector.ts';
import { OdooBrowser, type OdooWindow } from './support/odoo-browser.ts';
import { type Person, giveTelephone, makePerson, retire, takeTelephones } from './support/odoo-people.ts';
import { waitFor } from './support/wait-for.ts';

interface CallRow {
  id: number;
  status: string;
  direction: string;
  res_model: string;
  res_id: number;
  partner_id: [number, string] | false;
}

describeOnLab('a salesperson calls by clicking a number', (bench) => {
  let connector: Connector;
  let browser: OdooBrowser;
  let window: OdooWindow;
  let seller: Person;
  let partnerId: number;
  const phones: Phone[] = [];
  const number = `+1202555${Date.now().toString().slice(-4)}`;

  beforeAll(async () => {
    phones.push(
      await startPhone({ endpoint: 'phone1' }),
      await startPhone({ endpoint: 'phone2', ringMs: 1500 }),
    );
    connector = await startConnector(bench);
    const { admin, serverId } = connector;
    seller = await makePerson(admin, {
      name: 'Sally Seller',
      groups: ['asterisk_plus.group_pbx_user', 'base.group_partner_manager'],
    });
    await giveTelephone(admin, serverId, seller, { exten: bench.lab.extensions.phone1, endpoint: 'phone1' });
    partnerId = await admin.call('res.partner', 'create', [{ name: 'Ada Lovelace', phone: number }]);
    browser = await OdooBrowser.start(bench.lab);
    window = await browser.signIn(seller);
  });
  afterAll(async () => {
    await browser?.close();
    await asteriskCli('channel request hangup all');
    for (const phone of phones) await phone.stop();
    await takeTelephones(connector.admin, connector.serverId);
    await retire(connector.admin, [seller]);
    await connector.admin.call('res.partner', 'unlink', [[partnerId]]);
    await connector.remove();
  });

  const calls = () =>
    connector.admin.read<CallRow>(
      'asterisk_plus.call',
      [['called_number', '=', number]],
      ['status', 'direction', 'res_model', 'res_id', 'partner_id'],
    );

  const silenceTelephones = async () => {
    const mine = [['pbx_user_id.user_id', '=', seller.uid]];
    const { admin } = connector;
    const ids = await admin.call<number[]>('asterisk_plus.user_channel', 'search', [mine]);
    await admin.call('asterisk_plus.user_channel', 'write', [ids, { originate_enabled: false }]);
  };

  it('from a contact: the telephone rings, the form follows the call, history and chatter have it', async () => {
    const { page } = window;
    await window.open(`res.partner/${partnerId}`);
    const field = page.locator('.o_field_phone[name=phone]');
    await field.hover();
    await field.getByRole('button', { name: `Call ${number}` }).click();
    await field.getByText('Ringing').waitFor();
    await waitFor('the telephone to be called', async () =>
      (await asteriskCli('core show channels concise')).includes('PJSIP/phone1'),
    );
    await field.getByText('In call').waitFor();
    await page.locator('.o_pbx_menu').getByText('In call').waitFor();
    await window.picture('click-to-call');

    await field.getByRole('button', { name: 'Hang up' }).click();
    await field.getByText('Ended').waitFor();
    await field.getByRole('button', { name: `Call ${number}` }).waitFor();
    const made = await waitFor('the record', async () => {
      const rows = await calls();
      return rows.length > 0 && rows;
    });
    expect(made).toHaveLength(1);
    expect(made[0]).toMatchObject({ status: 'answered', direction: 'out', res_model: 'res.partner' });
    expect(made[0]?.res_id).toBe(partnerId);
    expect(made[0]?.partner_id).toMatchObject([partnerId, expect.any(String)]);

    await window.open(`res.partner/${partnerId}`);
    await page.locator('.o-mail-Message').getByText('Outgoing call from Sally Seller').waitFor();
    const button = page.locator('button[name=action_asterisk_plus_calls]');
    await button.getByText('1', { exact: true }).waitFor();
    await button.click();
    await page.locator('.o_data_row').getByText(number).waitFor();
  });

  it('from the systray: Enter dials, the list of active calls follows, Hang up ends it', async () => {
    const { page } = window;
    await window.open('action-asterisk_plus.call_action_active');
    await page.locator('.o_pbx_menu button').click();
    const dialler = page.getByRole('dialog', { name: 'Telephone' });
    await dialler.locator('.o_pbx_recent').getByText('Ada Lovelace').first().waitFor();
    await dialler.getByRole('textbox', { name: 'Number or extension' }).fill(number.slice(0, -1));
    await dialler.getByRole('button', { name: number.slice(-1), exact: true }).click();
    await page.keyboard.press('Enter');
    await dialler.locator('.o_pbx_own_calls').getByText('In call').waitFor();
    const row = page.locator('.o_data_row').filter({ hasText: number });
    await row.getByText('Answered').waitFor();
    await window.picture('dialler');

    await dialler.getByRole('button', { name: 'Hang up' }).click();
    await row.waitFor({ state: 'detached' });
    await page.keyboard.press('Escape');
    await dialler.waitFor({ state: 'detached' });
  });

  it('is told why a number can not be called', async () => {
    const { page } = window;
    await silenceTelephones();
    await page.locator('.o_pbx_menu button').click();
    await page.getByRole('textbox', { name: 'Number or extension' }).fill(number);
    await page.keyboard.press('Enter');
    await page.locator('.o_notification').getByText('You have no telephone').waitFor();
    expect(browser.errors).toEqual([]);
  });
});
